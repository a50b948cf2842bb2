import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';

/** How long one side has to accept what is left once the other has ended. */
const LINGER_MS = 2_000;
/** Of a local connection: more than most frames. */
const READ_BYTES = 64 * 1024;

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
  const { near, far } = await localConnection((local, bytes) => {
    // The memory is free again once this has been sent, and nothing is read before.
    socket.write(bytes, () => local.resume());
  });
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
async function localConnection(
  onRead: (near: Socket, bytes: Uint8Array) => void,
): Promise<{ near: Socket; far: Socket }> {
  const directory = await mkdtemp(join(tmpdir(), 'moonshare-media-'));
  const server = createServer({ pauseOnConnect: true });
  try {
    const path = join(directory, 'socket');
    server.listen(path);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    // One piece of memory for all reads: with new memory for each, collecting it takes a fifth of the time of a busy server.
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (bytes: number) => {
      onRead(near, buffer.subarray(0, bytes));
      return false;
    };
    const near: Socket = connect({ path, onread: { buffer, callback } });
    const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
    return { near, far };
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Both ways, each as fast as the other side takes it; they end together. What comes from `near` is written as it is read. */
function splice(socket: Socket, near: Socket): void {
  for (const [from, to] of [
    [socket, near],
    [near, socket],
  ] as const) {
    // Its close follows.
    from.on('error', () => {});
    from.once('close', () => endSoon(to));
  }
  near.once('end', () => socket.end());
  near.resume();
  socket.pipe(near);
}

function endSoon(socket: Socket): void {
  if (socket.destroyed) return;
  socket.destroySoon();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
