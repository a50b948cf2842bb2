import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const ANY_V4 = '0.0.0.0';

/** The outcome of a TCP connection attempt: `open`, or the reason why not. */
export async function tryTcp(address: string, port: number, limitMs: number): Promise<string> {
  const socket = connect({ host: address, port });
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('no answer'), limitMs);
  socket.once('connect', () => resolve('open'));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(reason(error)));
  const outcome = await promise;
  clearTimeout(timer);
  socket.destroy();
  return outcome;
}

/** Whether a server could listen there: `free`, or the reason why not. */
export async function tryListen(address: string, port: number): Promise<string> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string>();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(reason(error)));
  server.listen({ host: address, port }, () => resolve('free'));
  const outcome = await promise;
  if (outcome === 'free') await new Promise((done) => server.close(done));
  return outcome;
}

/** The free ports of a range, at most `enough` of them. */
export async function freeUdpPorts(
  range: { from: number; to: number },
  address: string | undefined,
  enough: number,
): Promise<number[]> {
  const free: number[] = [];
  for (let port = range.from; port <= range.to && free.length < enough; port++) {
    const socket = await bindUdp(port, address);
    if (typeof socket === 'string') continue;
    socket.close();
    free.push(port);
  }
  return free;
}

/** Sends a datagram from another socket to `target` on `port` and checks that it arrives: `open`, or the reason why not. */
export async function tryUdp(port: number, bind: string | undefined, target: string, limitMs: number): Promise<string> {
  const receiver = await bindUdp(port, bind);
  if (typeof receiver === 'string') return receiver;
  const sender = createSocket(target.includes(':') ? 'udp6' : 'udp4');
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('the datagram did not arrive'), limitMs);
  receiver.once('message', () => resolve('open'));
  sender.once('error', (error: NodeJS.ErrnoException) => resolve(reason(error)));
  sender.send('moonshare doctor', port, target);
  const outcome = await promise;
  clearTimeout(timer);
  receiver.close();
  sender.close();
  return outcome;
}

async function bindUdp(port: number, address: string | undefined) {
  const socket = createSocket(address?.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind({ port, address: address ?? ANY_V4, exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    return reason(error as NodeJS.ErrnoException);
  }
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved';
    case 'EADDRINUSE':
      return 'taken';
    default:
      return code ?? message;
  }
}
