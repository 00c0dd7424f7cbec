import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { CloudError } from '../account/cloud-error';
import type { HeldBlob } from '../store/blobs';
import { type Digest, Digester } from '../store/digest';
import { writeContent } from '../store/write-content';
import type { ObjectVersion } from '../account/oss-types';
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

/** Bodies up to here are not worth a stream. */
const SMALL_BYTES = 256 * 1024;

/**
 * Writes the body to a file of its own while it comes, behind the content of `after` if there is one. The caller must
 * take the file over.
 *
 * @throws CloudError when it is too large, not what Content-MD5 says, or ends early; the file is gone then
 */
export async function receive(request: OssRequest, after?: ObjectVersion): Promise<{ file: string; digest: Digest }> {
  const { body, headers } = request.exchange;
  const { blobs } = request.account.oss;
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    throw new CloudError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  }
  const maxLength = MAX_CONTENT_BYTES - (after?.size ?? 0);
  if (length !== undefined && length > maxLength) {
    throw tooLarge();
  }
  const { lifetime } = request.account;
  const file = blobs.scratch();
  try {
    let digest: Digest;
    if (!after && length !== undefined && length <= SMALL_BYTES) {
      const content = await readBody(request.exchange, SMALL_BYTES);
      const digester = new Digester();
      digester.update(content);
      digest = digester.digest();
      lifetime.throwIfAborted();
      // Four turns through the thread pool would cost more than the writing.
      fs.writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
    } else {
      if (after) {
        await copy(request.account.oss.hold(after), file);
      }
      digest = await writeContent(limited(body, maxLength), file, { lifetime, after });
    }
    checkMd5(request, Buffer.from(digest.md5, 'hex').toString('base64'));
    return { file, digest };
  } catch (error) {
    fs.rmSync(file, { force: true });
    throw error;
  }
}

async function copy(held: HeldBlob, file: string): Promise<void> {
  try {
    await fs.promises.copyFile(held.path, file, fs.constants.COPYFILE_FICLONE);
  } finally {
    held.release();
  }
}

async function* limited(body: AsyncIterable<Buffer>, maxLength: number): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxLength) {
      throw tooLarge();
    }
    yield chunk;
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
