import { UsageError } from '../cli/command-line';
import { X509Certificate } from 'node:crypto';
import { errorMessage } from './failure';

/**
 * Refuses what TLS would pass over in silence: with an empty text it trusts the authorities of the machine.
 *
 * @param source what the text is, for errors
 * @throws UsageError unless the text holds certificates in PEM, and no broken one
 */
export function checkCertificates(pem: string, source: string): void {
  // Text between certificates is allowed: it often tells whose they are.
  const certificates = String(pem).match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[^]*?(?=-----BEGIN |$)/g) ?? [];
  if (certificates.length === 0) {
    throw new UsageError(`${source}: expected certificates in PEM, got none`);
  }
  certificates.forEach((certificate, index) => {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw new UsageError(`${source}: certificate ${index + 1} is broken: ${errorMessage(error)}`);
    }
  });
}
