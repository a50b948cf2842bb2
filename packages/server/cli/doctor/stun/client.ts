import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import {
  Attribute,
  decodeStun,
  encodeStun,
  errorCode,
  longTermKey,
  Method,
  type StunMessage,
  xorAddress,
} from './message.ts';

export interface Endpoint {
  address: string;
  port: number;
}

/** The parts of an ICE server's URL. */
export interface IceUrl extends Endpoint {
  scheme: 'stun' | 'stuns' | 'turn' | 'turns';
  transport: 'udp' | 'tcp';
}

const RESEND_MS = [0, 300, 700, 1_200];
const UDP_TRANSPORT = Buffer.from([17, 0, 0, 0]);
const PORT = 3478;
const TLS_PORT = 5349;

/** `stun:host[:port]`, `turn:host[:port][?transport=udp|tcp]`, and both over TLS (RFC 7064, 7065); null for anything else. */
export function parseIceUrl(url: string): IceUrl | null {
  const match = /^(stuns?|turns?):(?:\[([\da-f:.]+)\]|([^:?[\]]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i.exec(
    url,
  );
  const address = match?.[2] ?? match?.[3];
  if (match === null || address === undefined) return null;
  const scheme = match[1]!.toLowerCase() as IceUrl['scheme'];
  const secure = scheme.endsWith('s');
  const port = match[4] === undefined ? (secure ? TLS_PORT : PORT) : Number(match[4]);
  const transport = secure || match[5]?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
  return port >= 1 && port <= 65_535 ? { scheme, address, port, transport } : null;
}

/** Our address as a STUN server sees it. Throws an Error that says briefly what went wrong. */
export function askStun(server: Endpoint, limitMs: number): Promise<Endpoint> {
  return withServer(server, limitMs, async (ask) => {
    const answer = await ask({ method: Method.BINDING, attributes: [] });
    const mapped = xorAddress(answer, Attribute.XOR_MAPPED_ADDRESS);
    if (mapped === null) throw new Error(refusal(answer));
    return mapped;
  });
}

/** Allocates a relay, returns its address and releases it. Throws an Error that says briefly what went wrong. */
export function askTurn(
  server: Endpoint,
  credentials: { username: string; credential: string },
  limitMs: number,
): Promise<Endpoint> {
  return withServer(server, limitMs, async (ask) => {
    const transport: [number, Buffer] = [Attribute.REQUESTED_TRANSPORT, UDP_TRANSPORT];
    const challenge = await ask({ method: Method.ALLOCATE, attributes: [transport] });
    const realm = challenge.attributes.get(Attribute.REALM);
    const nonce = challenge.attributes.get(Attribute.NONCE);
    if (errorCode(challenge)?.code !== 401 || realm === undefined || nonce === undefined) {
      throw new Error(`it asks for no credentials (${refusal(challenge)})`);
    }
    const { username, credential } = credentials;
    const proof: [number, Buffer][] = [
      [Attribute.USERNAME, Buffer.from(username)],
      [Attribute.REALM, realm],
      [Attribute.NONCE, nonce],
    ];
    const key = longTermKey(username, realm.toString(), credential);
    const answer = await ask({ method: Method.ALLOCATE, attributes: [transport, ...proof], key });
    const relayed = xorAddress(answer, Attribute.XOR_RELAYED_ADDRESS);
    if (relayed === null) throw new Error(refusal(answer));
    const over: [number, Buffer] = [Attribute.LIFETIME, Buffer.alloc(4)];
    await ask({ method: Method.REFRESH, attributes: [over, ...proof], key });
    return relayed;
  });
}

interface Question {
  method: number;
  attributes: readonly [number, Buffer][];
  key?: Buffer;
}

async function withServer<T>(
  server: Endpoint,
  limitMs: number,
  work: (ask: (question: Question) => Promise<StunMessage>) => Promise<T>,
): Promise<T> {
  const { address, family } = await lookup(server.address).catch(() => {
    throw new Error('its name cannot be resolved');
  });
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const timer = setTimeout(() => failed.reject(new Error('no answer')), limitMs);
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failed.reject(new Error(error.code === 'ECONNREFUSED' ? 'nothing listens there' : (error.code ?? error.message)));
  });
  try {
    socket.connect(server.port, address);
    await Promise.race([once(socket, 'connect'), failed.promise]);
    return await Promise.race([work((question) => exchange(socket, question)), failed.promise]);
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

/** The answer to one request, which is resent until one arrives; the caller sets the limit. */
function exchange(socket: Socket, { method, attributes, key }: Question): Promise<StunMessage> {
  const transactionId = randomBytes(12);
  const datagram = encodeStun({ method, class: 'request', transactionId, attributes }, key);
  const timers = RESEND_MS.map((after) => setTimeout(() => socket.send(datagram, () => {}), after));
  const stop = () => {
    for (const timer of timers) clearTimeout(timer);
  };
  socket.once('close', stop);
  return new Promise((resolve) => {
    const hear = (received: Buffer) => {
      const message = decodeStun(received);
      if (message === null || !message.transactionId.equals(transactionId)) return;
      if (message.class !== 'success' && message.class !== 'error') return;
      stop();
      socket.off('message', hear);
      resolve(message);
    };
    socket.on('message', hear);
  });
}

function refusal(answer: StunMessage): string {
  const error = errorCode(answer);
  // This comes from a stranger and is printed on a terminal.
  return error === null ? 'its answer has no address' : `${error.code} ${error.reason.replace(/[^\x20-\x7e]/g, '')}`;
}
