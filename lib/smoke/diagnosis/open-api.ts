import { createHash, createHmac, randomUUID } from 'node:crypto';
import { type CloudCredentials, type Environment, serviceEndpoint } from '../environment';
import { type HttpAnswer, send, statusOf } from '../http';

/** A service of the cloud that is called by action, and its API's version. */
export interface Service {
  /** Name in the variables that move its endpoint, e.g. `RAM` in RAM_ENDPOINT. */
  readonly name: string;
  readonly version: string;
  readonly host: (region: string) => string;
}

/** Whose keys sign, where to, and what ends the call. */
export interface CallContext {
  readonly region: string;
  readonly credentials: CloudCredentials;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Calls an action with a POST that is signed in version 3 (ACS3-HMAC-SHA256), all its parameters in the address.
 *
 * @throws Error with the service's own `code` for an error that it answers, or the error of the network
 */
export async function callAction(
  service: Service,
  action: string,
  parameters: Readonly<Record<string, string>>,
  { region, credentials, env, signal }: CallContext,
): Promise<unknown> {
  const { protocol, host } = serviceEndpoint(service.name, service.host(region), env);
  const query = Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name])}`)
    .join('&');
  const bodyHash = sha256('');
  const headers: Record<string, string> = {
    host,
    'x-acs-action': action,
    'x-acs-content-sha256': bodyHash,
    'x-acs-date': new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(credentials.securityToken === undefined ? {} : { 'x-acs-security-token': credentials.securityToken }),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': service.version,
  };
  const names = Object.keys(headers);
  const signedNames = names.join(';');
  const canonical = ['POST', '/', query, ...names.map((name) => `${name}:${headers[name]}`), '', signedNames, bodyHash];
  const signature = createHmac('sha256', credentials.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical.join('\n'))}`)
    .digest('hex');
  const answer = await send(
    new URL(`${protocol}://${host}/?${query}`),
    'POST',
    {
      ...headers,
      accept: 'application/json',
      authorization: `ACS3-HMAC-SHA256 Credential=${credentials.accessKeyId},SignedHeaders=${signedNames},Signature=${signature}`,
    },
    { env, signal },
  );
  const body = parsed(answer.body);
  if (answer.status < 200 || answer.status >= 300 || isError(body)) {
    throw errorOf(answer, body);
  }
  if (body === undefined) {
    throw new Error('expected JSON, got something else');
  }
  return body;
}

/**
 * Assumption: what tells of an error also behind HTTP 200. SMQ says `"Code": 200` and `"Success": true` where all is
 * well, the others say neither.
 */
function isError(body: unknown): boolean {
  const { Code, Success } = (body ?? {}) as { Code?: unknown; Success?: unknown };
  return Success === false || Success === 'false' || (typeof Code === 'string' && !/^(200|OK|Success)$/i.test(Code));
}

function errorOf(answer: HttpAnswer, body: unknown): Error {
  const { Code, Message } = (body ?? {}) as { Code?: unknown; Message?: unknown };
  const message = typeof Message === 'string' ? Message : `the service answered with ${statusOf(answer)}`;
  return Object.assign(new Error(message), typeof Code === 'string' ? { code: Code } : {});
}

/** Undefined for what is no JSON: a proxy may answer in its own form. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 3986, as the signature wants it. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
