import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CloudError } from '../account/cloud-error';
import { type Digest, Digester } from '../store/digest';
import { readBody } from '../http/request';
import { readXml, type XmlNode } from '../http/xml';
import { optionalHeader, type OssRequest } from './request';

const MAX_DOCUMENT_BYTES = 1 << 20;
/** OSS's own limit of what one request may store. */
const MAX_CONTENT_BYTES = 5 * 2 ** 30;

/** A small body as text, checked against its Content-MD5. */
export async function readText(request: OssRequest): Promise<string> {
  const body = await readBody(request.exchange, MAX_DOCUMENT_BYTES);
  checkMd5(request, createHash('md5').update(body).digest('base64'));
  return body.toString();
}

export async function readDocument(request: OssRequest, root: string): Promise<Exclude<XmlNode, string>> {
  return readXml(await readText(request), root);
}

/**
 * Writes the body to a file of its own while it comes. The caller must take the file over.
 *
 * @throws CloudError when it is too large, not what Content-MD5 says, or ends early; the file is gone then
 */
export async function receive(request: OssRequest): Promise<{ file: string; digest: Digest }> {
  const digester = new Digester();
  const { body } = request.exchange;
  const file = request.account.oss.blobs.scratch();
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      digester.update(chunk);
      done(size > MAX_CONTENT_BYTES ? tooLarge() : null, chunk);
    },
  });
  try {
    if (Number(body.headers['content-length'] ?? 0) > MAX_CONTENT_BYTES) {
      throw tooLarge();
    }
    const { lifetime } = request.account;
    await pipeline(body, measure, fs.createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal: lifetime }).catch(
      (error: unknown) => {
        lifetime.throwIfAborted();
        throw error;
      },
    );
    const digest = digester.digest();
    checkMd5(request, Buffer.from(digest.md5, 'hex').toString('base64'));
    return { file, digest };
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  }
}

function tooLarge(): CloudError {
  return new CloudError('EntityTooLarge', `one request may store up to ${MAX_CONTENT_BYTES} bytes`);
}

function checkMd5(request: OssRequest, actual: string): void {
  const told = optionalHeader(request, 'content-md5');
  if (told !== undefined && told !== actual) {
    throw new CloudError('InvalidDigest', `the Content-MD5 is ${told}, the body that came has ${actual}`);
  }
}
