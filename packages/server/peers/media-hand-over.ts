import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

/** How long one side has to accept what is left once the other has ended. */
const LINGER_MS = 2_000;

/**
 * Gives a browser's connection to `deliver` as a socket that another process can take over, with what has been received on it:
 * plain ones as they are, so that nothing of them passes through this process any more; TLS, which only this process can
 * decrypt, as the far end of a local connection that carries the same bytes. `head`: what came behind the upgrade.
 * Throws if there is no local connection to be had; the browser's connection is then as it was.
 */
export async function handOver(
  socket: Socket,
  head: Buffer,
  deliver: (socket: Socket, head: Buffer) => void,
): Promise<void> {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  if (!(socket instanceof TLSSocket)) return deliver(socket, Buffer.concat([head, received(socket)]));
  const { near, far } = await localConnection();
  if (socket.destroyed) {
    near.destroy();
    far.destroy();
    return;
  }
  near.write(head);
  splice(socket, near);
  deliver(far, Buffer.alloc(0));
}

function received(socket: Socket): Buffer {
  return socket.read() ?? Buffer.alloc(0);
}

/** Two ends of one connection within this machine, which no other user can reach. Nothing is read from `far` here. */
async function localConnection(): Promise<{ near: Socket; far: Socket }> {
  const directory = await mkdtemp(join(tmpdir(), 'moonshare-media-'));
  const server = createServer();
  try {
    const path = join(directory, 'socket');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const far = connect(path).pause();
    const [[near]] = await Promise.all([accepted, once(far, 'connect')]);
    return { near, far };
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Both ways, each as fast as the other side takes it; they end together. */
function splice(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    // Its close follows.
    from.on('error', () => {});
    from.once('close', () => endSoon(to));
    from.pipe(to);
  }
}

function endSoon(socket: Socket): void {
  if (socket.destroyed) return;
  socket.destroySoon();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
