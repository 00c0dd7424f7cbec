import {
  createHash,
  createPrivateKey,
  createSign,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { rootCertificates } from 'node:tls';
import { ossHost } from '../../cloud/hosts';
import { REGIONS } from '../../cloud/regions';

const YEARS = 10;
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const LEEWAY_MILLIS = 24 * 60 * 60 * 1000;
/** Variables by which clients are told whom to trust: OpenSSL and Go, Python's requests, curl, Alibaba's Python SDK. */
const TRUST_VARIABLES = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'ALIBABA_CLOUD_CA_BUNDLE'];

/** Where systems keep all that they trust in one file, of which there is one at most: Debian, Red Hat, SUSE, Alpine. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Files of a state folder with which its servers speak TLS. */
export interface TlsFiles {
  /** The self-signed certificate alone. */
  readonly certificate: string;
  readonly key: string;
  /** The certificate with all that clients trust anyway, for those who can be given one file only. */
  readonly bundle: string;
}

/**
 * The certificate of a state folder, made when there is none. Clients open the file before they connect, so that it
 * has to be there with the addresses; it takes a few milliseconds.
 */
export function tlsFiles(
  folder: string,
  environment: NodeJS.ProcessEnv,
  systemBundles: readonly string[] = SYSTEM_BUNDLES,
): TlsFiles {
  const at = path.join(folder, 'tls');
  const files = ['certificate', 'key', 'bundle'].map((name) => path.join(at, `${name}.pem`));
  const [certificate, key, bundle] = files;
  if (!isUsable(certificate, key)) {
    fs.mkdirSync(at, { recursive: true, mode: 0o700 });
    const made = makeCertificate();
    fs.rmSync(key, { force: true });
    fs.writeFileSync(key, made.key, { mode: 0o600 });
    fs.writeFileSync(certificate, made.certificate);
  }
  const given = [...new Set([...TRUST_VARIABLES, 'NODE_EXTRA_CA_CERTS'].map((name) => environment[name]))];
  const trusted = given.map((file) => (file === undefined || files.includes(file) ? '' : readIfThere(file)));
  // What the variables name takes the place of the system's own file.
  const system = systemBundles.map(readIfThere).find((text) => text !== '') ?? '';
  const roots = new Set([...rootCertificates, ...(system.match(CERTIFICATES) ?? [])]);
  fs.writeFileSync(bundle, [readIfThere(certificate), ...roots, ...trusted].join('\n'));
  return { certificate, key, bundle };
}

/** What makes clients in each language trust the certificate, beside what they trust without it. */
export function trustEnvironment({ certificate, bundle }: TlsFiles, environment: NodeJS.ProcessEnv) {
  return {
    // Node adds these to its own, so that the certificate is enough unless there are others already.
    NODE_EXTRA_CA_CERTS: environment.NODE_EXTRA_CA_CERTS === undefined ? certificate : bundle,
    ...Object.fromEntries(TRUST_VARIABLES.map((name) => [name, bundle])),
    ALICLOUD_LOCAL_CERTIFICATE: certificate,
  };
}

function isUsable(certificate: string, key: string): boolean {
  try {
    const found = new X509Certificate(fs.readFileSync(certificate));
    const now = Date.now();
    return (
      found.checkPrivateKey(createPrivateKey(fs.readFileSync(key))) &&
      // A certificate whose signature does not match is trusted by nobody.
      found.verify(found.publicKey) &&
      Date.parse(found.validFrom) <= now &&
      now < Date.parse(found.validTo)
    );
  } catch {
    return false;
  }
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A self-signed certificate for every host that the HTTP port serves without a proxy. */
function makeCertificate(): { certificate: string; key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const name = sequence(set(sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from('alicloud-local')))));
  // Since a while ago, for clocks that differ, or are put back.
  const start = new Date(Date.now() - LEEWAY_MILLIS);
  const end = new Date(start);
  end.setUTCFullYear(start.getUTCFullYear() + YEARS);
  const keyId = createHash('sha1').update(publicKeyInfo).digest();
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime(start), utcTime(end)),
    name,
    publicKeyInfo,
    tagged(
      0xa3,
      sequence(
        // No authority, and for handshakes alone: whoever gets hold of the key can be none of the other hosts.
        extension('2.5.29.19', sequence(), true),
        extension('2.5.29.15', tagged(0x03, Buffer.from([7, 0b10000000])), true),
        extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
        extension('2.5.29.14', tagged(0x04, keyId)),
        extension('2.5.29.17', sequence(dnsNames(hosts()), LOOPBACK)),
      ),
    ),
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const whole = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const base64 = whole.toString('base64').replace(/.{1,64}/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** OSS's hosts are among them, which its clients name even when they connect to an address of this machine. */
function hosts(): string[] {
  const oss = REGIONS.flatMap((region) => [ossHost(region), ossHost(region, true)]);
  return ['localhost', '*.localhost', '*.127.0.0.1', ...oss.flatMap((host) => [host, `*.${host}`])];
}

// The Distinguished Encoding Rules (X.690), as far as a certificate needs them.

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const LOOPBACK = tagged(0x87, Buffer.from([127, 0, 0, 1]));

function tagged(tag: number, content: Buffer): Buffer {
  const length = content.length;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function set(...parts: Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

/** A positive number, whose first bit must not look like a sign. */
function integer(value: number | Buffer): Buffer {
  const bytes = typeof value === 'number' ? Buffer.from([value]) : Buffer.from(value);
  bytes[0] &= 0x7f;
  bytes[0] ||= typeof value === 'number' ? 0 : 1;
  return tagged(0x02, bytes);
}

function oid(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const digits = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) {
      digits.unshift((left & 0x7f) | 0x80);
    }
    return digits;
  });
  return tagged(0x06, Buffer.from([40 * first + second, ...bytes]));
}

/** Of less than 128 characters each; all in one piece, for they are many. */
function dnsNames(names: readonly string[]): Buffer {
  return Buffer.from(names.map((name) => `\x82${String.fromCharCode(name.length)}${name}`).join(''), 'latin1');
}

function utcTime(at: Date): Buffer {
  const digits = at.toISOString().slice(2, 19).replace(/\D/g, '');
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, value));
}
