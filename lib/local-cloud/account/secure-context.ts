import * as fs from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';

/** Files with which servers speak TLS. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Gives the context of the files, read when it is first asked for; undefined as long as they cannot be read. */
export function secureContextOf(files: CertificateFiles | undefined): () => SecureContext | undefined {
  let context: SecureContext | undefined;
  return () => {
    try {
      context ??=
        files && createSecureContext({ cert: fs.readFileSync(files.certificate), key: fs.readFileSync(files.key) });
    } catch {
      // Somebody took the files away: connections without TLS are served all the same.
    }
    return context;
  };
}
