import { createHmac, randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Attribute, decodeStun, encodeStun, longTermKey, Method, type StunMessage } from '../stun/message.ts';

export interface StunServer {
  port: number;
  /** Relays that were allocated and not released. */
  relays(): number;
}

const REALM = 'test';
const NONCE = 'once';

/**
 * A STUN server on loopback that sees everyone as `seenAs`, and a TURN server that accepts coturn's time-limited credentials. It
 * answers only the second time, because packets get lost.
 */
export async function startStunServer(
  context: TestContext,
  options: { seenAs?: string; secret?: string } = {},
): Promise<StunServer> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  context.after(() => socket.close());
  const heard = new Set<string>();
  const done = new Set<string>();
  let relays = 0;
  socket.on('message', (datagram: Buffer, from: RemoteInfo) => {
    const message = decodeStun(datagram);
    const id = message?.transactionId.toString('hex') ?? '';
    if (message === null || !heard.has(id)) return void heard.add(id);
    const answer = (kind: 'success' | 'error', attributes: [number, Buffer][]) =>
      socket.send(encodeStun({ ...message, class: kind, attributes }), from.port, from.address);
    if (message.method === Method.BINDING) {
      return answer('success', [[Attribute.XOR_MAPPED_ADDRESS, xored(options.seenAs ?? from.address, from.port)]]);
    }
    if (!isSigned(datagram, message, options.secret)) {
      return answer('error', [
        [Attribute.ERROR_CODE, Buffer.concat([Buffer.from([0, 0, 4, 1]), Buffer.from('Unauthorized\n')])],
        [Attribute.REALM, Buffer.from(REALM)],
        [Attribute.NONCE, Buffer.from(NONCE)],
      ]);
    }
    // A resend is not another request.
    if (!done.has(id)) relays += message.method === Method.ALLOCATE ? 1 : -1;
    done.add(id);
    answer('success', [[Attribute.XOR_RELAYED_ADDRESS, xored('198.51.100.7', randomInt(1, 65_536))]]);
  });
  return { port: socket.address().port, relays: () => relays };
}

function xored(address: string, port: number): Buffer {
  const bytes = address.split('.').map((byte, i) => Number(byte) ^ [0x21, 0x12, 0xa4, 0x42][i]!);
  const value = Buffer.from([0, 1, 0, 0, ...bytes]);
  value.writeUInt16BE(port ^ 0x2112, 2);
  return value;
}

/** MESSAGE-INTEGRITY is the last attribute in what the doctor sends. */
function isSigned(datagram: Buffer, { attributes }: StunMessage, secret: string | undefined): boolean {
  const username = attributes.get(Attribute.USERNAME)?.toString();
  const mac = attributes.get(Attribute.MESSAGE_INTEGRITY);
  if (username === undefined || mac === undefined || secret === undefined) return false;
  if (Number(username.split(':')[0]) * 1000 < Date.now()) return false;
  const password = createHmac('sha1', secret).update(username).digest('base64');
  const key = longTermKey(username, REALM, password);
  return createHmac('sha1', key).update(datagram.subarray(0, -24)).digest().equals(mac);
}
