import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { localConnection } from '../local-connection.ts';

/** How long one side has to accept what is left once the other has ended. */
const LINGER_MS = 2_000;
/** How long a browser may accept nothing of what waits for it: longer than its streamer waits for it to say something. */
const STALL_MS = 10_000;
/** Of a local connection: more than most frames. */
const READ_BYTES = 64 * 1024;

/**
 * Gives a browser's connection to `deliver` as a socket that another process can take over, with what has been received on it:
 * plain ones as they are, so that nothing of them passes through this process any more; TLS, which only this process can
 * decrypt, as the far end of a local connection that carries the same bytes. `head`: what came behind the upgrade.
 * Throws if there is no local connection to be had; the browser's connection is then as it was. `stallMs`: for tests.
 */
export async function handOver(
  socket: Socket,
  head: Buffer,
  deliver: (socket: Socket, head: Buffer) => void,
  stallMs = STALL_MS,
): Promise<void> {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  if (!(socket instanceof TLSSocket)) return deliver(socket, Buffer.concat([head, received(socket)]));
  const stall = new StallTimer(stallMs, () => socket.destroy());
  const { near, far } = await localConnection((path) =>
    connectReading(path, (local, bytes) => {
      stall.begin();
      // The memory is free again once this has been sent, and nothing is read before.
      socket.write(bytes, () => {
        stall.end();
        local.resume();
      });
    }),
  );
  if (socket.destroyed) {
    near.destroy();
    far.destroy();
    return;
  }
  near.write(head);
  splice(socket, near);
  deliver(far, Buffer.alloc(0));
}

/**
 * Meanwhile nothing else would end the connection of a browser that reads nothing: not even that the streamer has closed it, which
 * can be read only after what waits.
 */
class StallTimer {
  readonly #timer: NodeJS.Timeout;
  #isWaiting = false;

  constructor(ms: number, stalled: () => void) {
    this.#timer = setTimeout(() => this.#isWaiting && stalled(), ms).unref();
  }

  begin(): void {
    this.#isWaiting = true;
    this.#timer.refresh();
  }

  /** The timer itself is left to run out: this happens thousands of times a second. */
  end(): void {
    this.#isWaiting = false;
  }
}

function received(socket: Socket): Buffer {
  return socket.read() ?? Buffer.alloc(0);
}

/** Pauses after each read. */
function connectReading(path: string, onRead: (local: Socket, bytes: Uint8Array) => void): Socket {
  // One piece of memory for all reads: with new memory for each, collecting it takes a fifth of the time of a busy server.
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const callback = (bytes: number) => {
    onRead(local, buffer.subarray(0, bytes));
    return false;
  };
  const local: Socket = connect({ path, onread: { buffer, callback } });
  return local;
}

/** Both ways, each as fast as the other side takes it; they end together. What comes from `near` is written as it is read. */
function splice(socket: Socket, near: Socket): void {
  // Its close follows.
  socket.on('error', () => {});
  for (const [from, to] of [
    [socket, near],
    [near, socket],
  ] as const) {
    from.once('close', () => endSoon(to));
  }
  near.resume();
  socket.pipe(near);
}

function endSoon(socket: Socket): void {
  if (socket.destroyed) return;
  socket.destroySoon();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
