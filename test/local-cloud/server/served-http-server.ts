import * as net from 'node:net';
import { Account } from '../../../lib/local-cloud/account/account';
import { HttpServer } from '../../../lib/local-cloud/server/http-server';

// A server in a process of its own, to be killed: serves the folder that it is given, and tells its port.
const served = new HttpServer(new Account(process.argv[2]), { region: 'cn-hangzhou' });
const server = net.createServer((socket) => {
  socket.on('error', () => socket.destroy());
  served.handle(socket);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as net.AddressInfo).port}\n`);
});
