import net from 'node:net';

/**
 * A line to a server that can be cut and mended, at a port of its own or a given one. With `rate`
 * it takes so many bytes a second upwards.
 */
export async function lineTo(base, { rate, port = 0 } = {}) {
  const to = new URL(base);
  const sockets = new Set();
  let whole = true;
  const server = net.createServer((here) => {
    if (!whole) return here.destroy();
    const there = net.connect(Number(to.port), to.hostname);
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        here.destroy();
        there.destroy();
      });
    }
    here.on('data', (bytes) => {
      there.write(bytes);
      if (!rate) return;
      here.pause();
      setTimeout(() => here.resume(), (bytes.length / rate) * 1000);
    });
    there.on('data', (bytes) => here.write(bytes));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, to.hostname, resolve);
  });
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://${to.hostname}:${server.address().port}`,
    cut() {
      whole = false;
      end();
    },
    mend() {
      whole = true;
    },
    close() {
      end();
      server.close();
    },
  };
}
