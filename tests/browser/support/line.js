// The network between one browser and the server: a SOCKS5 proxy that can be cut, and that can lose an answer.

import net from 'node:net';

export async function openLine() {
  const pairs = new Set();
  let up = true;
  let losing = null;

  const server = net.createServer((client) => {
    if (!up) return client.destroy();
    client.on('error', () => {});
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (wanted) => connect(client, wanted));
    });
  });

  function connect(client, wanted) {
    const address = target(wanted);
    const far = net.connect(address);
    const pair = { client, far, deaf: false };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      far.destroy();
    };
    client.on('close', end);
    far.on('close', end);
    far.on('error', end);
    far.once('connect', () => {
      client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      client.on('data', (bytes) => {
        if (losing && losing.what.test(bytes.toString('latin1'))) {
          pair.lose = losing;
          losing = null;
        }
        far.write(bytes);
      });
      far.on('data', (bytes) => {
        // The server has answered, so it has done what it was asked; the browser never hears of it.
        if (pair.lose) {
          pair.lose.done(bytes.toString('latin1').split('\r\n')[0]);
          // At once: a browser sends again by itself what a connection swallowed that it had used before.
          if (pair.lose.last) cut();
          end();
        } else client.write(bytes);
      });
    });
  }

  function cut() {
    up = false;
    for (const { client, far } of pairs) {
      client.resetAndDestroy();
      far.destroy();
    }
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A test that fails before it closes its line must still end.
  server.unref();
  return {
    proxy: { server: `socks5://127.0.0.1:${server.address().port}` },
    /** Breaks every connection and takes no new one. */
    cut,
    mend() {
      up = true;
    },
    /**
     * The answer to the next request that looks like `what` gets lost; resolves with its status line. With `last` the
     * line is cut with it.
     */
    loseAnswer: (what, { last = false } = {}) => new Promise((done) => (losing = { what, done, last })),
    close() {
      cut();
      server.close();
    },
  };
}

function target(bytes) {
  if (bytes[3] === 1) return { host: [...bytes.subarray(4, 8)].join('.'), port: bytes.readUInt16BE(8) };
  const length = bytes[4];
  return { host: bytes.subarray(5, 5 + length).toString(), port: bytes.readUInt16BE(5 + length) };
}
