import { createHmac, timingSafeEqual } from 'node:crypto';
import { CHUNK, type InitChunk } from './chunk.ts';
import type { Tlv } from './tlv.ts';

/** What the other side says about itself in INIT or INIT ACK. */
export interface SctpPeer {
  tag: number;
  tsn: number;
  window: number;
  outboundStreams: number;
  inboundStreams: number;
  /** It understands FORWARD-TSN (RFC 3758). */
  forwardTsn: boolean;
  /** It understands RE-CONFIG (RFC 6525). */
  reconfig: boolean;
}

const PARAMETER = { cookie: 7, unrecognized: 8, extensions: 0x8008, forwardTsn: 0xc000 } as const;
/** Addresses, the cookie's lifetime, host names: meaningless here, but known (RFC 9260 §3.3.2.1). */
const IGNORED = [5, 6, 9, 11, 12];
const MAX_REPORTED_BYTES = 256;

const COOKIE_BYTES = 25;
const MAC_BYTES = 32;
const COOKIE_LIFETIME_MS = 60_000;

/** What we support, for INIT and INIT ACK. */
export const OUR_PARAMETERS: readonly Tlv[] = [
  { type: PARAMETER.extensions, value: Buffer.from([CHUNK.reconfig, CHUNK.forwardTsn]) },
  { type: PARAMETER.forwardTsn, value: Buffer.alloc(0) },
];

/** Null if no association can be made with it. */
export function readPeer(init: InitChunk): { peer: SctpPeer; cookie: Buffer | null; unrecognized: Tlv[] } | null {
  if (init.tag === 0 || init.outboundStreams === 0 || init.inboundStreams === 0) return null;
  const { tag, tsn, window, outboundStreams, inboundStreams } = init;
  const peer = { tag, tsn, window, outboundStreams, inboundStreams, forwardTsn: false, reconfig: false };
  const unrecognized: Tlv[] = [];
  let reported = 0;
  let cookie: Buffer | null = null;
  for (const parameter of init.parameters) {
    const { type, value } = parameter;
    if (type === PARAMETER.cookie) cookie = value;
    else if (type === PARAMETER.forwardTsn) peer.forwardTsn = true;
    else if (type === PARAMETER.extensions) {
      peer.forwardTsn ||= value.includes(CHUNK.forwardTsn);
      peer.reconfig ||= value.includes(CHUNK.reconfig);
    } else if (type !== PARAMETER.unrecognized && !IGNORED.includes(type)) {
      // The two highest bits of a type say what to do with it: report it, go on after it.
      reported += value.length;
      if ((type & 0x4000) !== 0 && reported <= MAX_REPORTED_BYTES) unrecognized.push(parameter);
      if ((type & 0x8000) === 0) break;
    }
  }
  return { peer, cookie, unrecognized };
}

export function cookieParameter(cookie: Buffer): Tlv {
  return { type: PARAMETER.cookie, value: cookie };
}

/** Tells the peer which of its parameters we do not know. */
export function unrecognizedParameter({ type, value }: Tlv): Tlv {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(4 + value.length, 2);
  return { type: PARAMETER.unrecognized, value: Buffer.concat([head, value]) };
}

/** The state cookie: what INIT said, for the peer to keep until it has shown that it gets our packets. */
export function sealCookie(secret: Uint8Array, peer: SctpPeer, now: number): Buffer {
  const body = Buffer.alloc(COOKIE_BYTES);
  body.writeDoubleBE(now, 0);
  body.writeUInt32BE(peer.tag, 8);
  body.writeUInt32BE(peer.tsn, 12);
  body.writeUInt32BE(peer.window, 16);
  body.writeUInt16BE(peer.outboundStreams, 20);
  body.writeUInt16BE(peer.inboundStreams, 22);
  body[24] = (peer.forwardTsn ? 1 : 0) | (peer.reconfig ? 2 : 0);
  return Buffer.concat([body, mac(secret, body)]);
}

/** Null if it is not one of ours. `staleMs`: how long ago it expired, if it has. */
export function openCookie(
  secret: Uint8Array,
  cookie: Buffer,
  now: number,
): { peer: SctpPeer; staleMs: number } | null {
  if (cookie.length !== COOKIE_BYTES + MAC_BYTES) return null;
  const body = cookie.subarray(0, COOKIE_BYTES);
  if (!timingSafeEqual(mac(secret, body), cookie.subarray(COOKIE_BYTES))) return null;
  const peer: SctpPeer = {
    tag: body.readUInt32BE(8),
    tsn: body.readUInt32BE(12),
    window: body.readUInt32BE(16),
    outboundStreams: body.readUInt16BE(20),
    inboundStreams: body.readUInt16BE(22),
    forwardTsn: (body[24]! & 1) !== 0,
    reconfig: (body[24]! & 2) !== 0,
  };
  return { peer, staleMs: Math.max(0, now - body.readDoubleBE(0) - COOKIE_LIFETIME_MS) };
}

function mac(secret: Uint8Array, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(body).digest();
}
