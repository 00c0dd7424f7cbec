import * as http from 'node:http';

export interface RawRequest {
  readonly method?: string;
  /** What stands in the request line: a path with its query, or a whole URL as a proxy gets it. */
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** One request as it is, with nothing added but the length. */
export function rawRequest(
  port: number,
  { method = 'GET', target = '/', headers = {}, body }: RawRequest,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: target,
        headers: { host: `127.0.0.1:${port}`, ...headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(chunks);
          resolve({ status: response.statusCode!, headers: response.headers, body: whole, text: whole.toString() });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
