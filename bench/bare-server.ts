import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

// The least that a server can do: it writes a file, and reads it. Its port is the first line that it prints.
const [, , file] = process.argv;
const server = http.createServer((request, response) => {
  const done =
    request.method === 'PUT'
      ? pipeline(request, fs.createWriteStream(file)).then(() => response.end())
      : pipeline(fs.createReadStream(file), response);
  done.catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
