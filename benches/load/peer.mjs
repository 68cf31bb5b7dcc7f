// The peer of `fanout --peer`: a plain broadcast server of the npm package ws, the way its README shows. Prints its
// port, or in one line why there is none. Ends when its input does, which is when the driver ends.

import { createRequire } from 'node:module';

// The packages of the web UI serve the load driver too.
const require = createRequire(new URL('../../web/package.json', import.meta.url));

function ws() {
  try {
    return require('ws');
  } catch {
    console.log('the npm package ws is missing: run `npm ci` in web/');
    process.exit(1);
  }
}

const { WebSocket, WebSocketServer } = ws();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (socket) => {
  // A connection that breaks is closed by ws itself; the driver counts what is missing.
  socket.on('error', () => {});
  socket.on('message', (data, isBinary) => {
    server.clients.forEach((client) => {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    });
  });
});
server.on('listening', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
