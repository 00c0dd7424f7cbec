import * as http from 'node:http';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** One request as the control calls and the console take it: unsigned. */
export function request(port: number, method: string, target: string, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { host: '127.0.0.1', port, method, path: target, headers: { 'x-alicloud-local': '1' } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode!, type: response.headers['content-type'] ?? '', text }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
