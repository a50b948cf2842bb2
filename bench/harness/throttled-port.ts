import { once } from 'node:events';
import net from 'node:net';

/** How often the line moves on. */
const TICK_MS = 5;
/** What a router holds before it accepts no more. */
const BUFFER_BYTES = 64 * 1024;

/** A TCP port behind which everything comes at so many kbit/s; the other way nothing is held back. */
export class ThrottledPort {
  readonly port: number;
  readonly #server: net.Server;

  private constructor(server: net.Server) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
  }

  static async open(targetPort: number, kbps: number): Promise<ThrottledPort> {
    const server = net.createServer((viewer) => carry(viewer, net.connect(targetPort, '127.0.0.1'), kbps));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ThrottledPort(server);
  }

  close(): void {
    this.#server.close();
  }
}

function carry(viewer: net.Socket, far: net.Socket, kbps: number): void {
  for (const socket of [viewer, far]) socket.setNoDelay(true);
  const waiting: Buffer[] = [];
  let bytes = 0;
  let credit = 0;
  let at = performance.now();
  far.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes >= BUFFER_BYTES) far.pause();
  });
  const timer = setInterval(() => {
    const now = performance.now();
    credit = bytes === 0 ? 0 : credit + ((now - at) * kbps) / 8;
    at = now;
    while (waiting.length > 0 && credit >= 1) {
      const head = waiting[0]!;
      const part = head.subarray(0, Math.floor(credit));
      credit -= part.length;
      bytes -= part.length;
      if (part.length === head.length) waiting.shift();
      else waiting[0] = head.subarray(part.length);
      viewer.write(part);
    }
    if (bytes < BUFFER_BYTES / 2) far.resume();
  }, TICK_MS);
  viewer.on('data', (chunk: Buffer) => far.write(chunk));
  for (const [one, other] of [
    [viewer, far],
    [far, viewer],
  ] as const) {
    one.on('error', () => {});
    one.once('close', () => {
      clearInterval(timer);
      other.destroy();
    });
  }
}
