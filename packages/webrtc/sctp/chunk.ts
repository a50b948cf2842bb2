import assert from 'node:assert/strict';
import { encodeTlvs, padded, readTlvs, type Tlv } from './tlv.ts';

/** Chunk types of RFC 9260, and of RFC 3758 and RFC 6525. */
export const CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
  reconfig: 130,
  forwardTsn: 192,
} as const;

/** The header of a DATA chunk. */
export const DATA_HEADER = 16;
const HEADER = 4;
const INIT_BYTES = 20;
const SACK_BYTES = 16;

export interface DataChunk {
  type: 'data';
  tsn: number;
  stream: number;
  /** The number within the stream; means nothing if `unordered`. */
  ssn: number;
  ppid: number;
  unordered: boolean;
  /** The first and the last fragment of a message. */
  begin: boolean;
  end: boolean;
  /** The sender wants a SACK at once (RFC 7053). */
  immediate: boolean;
  payload: Buffer;
}

export interface InitChunk {
  type: 'init' | 'initAck';
  tag: number;
  /** Bytes that may be sent to whoever sent this. */
  window: number;
  outboundStreams: number;
  inboundStreams: number;
  tsn: number;
  parameters: Tlv[];
}

export interface SackChunk {
  type: 'sack';
  /** Everything up to here has arrived. */
  cumulative: number;
  window: number;
  /** Offsets from `cumulative` of what has arrived beyond it, first and last. */
  gaps: [number, number][];
  duplicates: number[];
}

export interface ForwardTsnChunk {
  type: 'forwardTsn';
  cumulative: number;
  /** For each stream, the last message that will not come. */
  skipped: { stream: number; ssn: number }[];
}

export type Chunk =
  | DataChunk
  | InitChunk
  | SackChunk
  | ForwardTsnChunk
  | { type: 'heartbeat' | 'heartbeatAck'; info: Buffer }
  /** `reflected`: the packet has the tag of its receiver's packets, because its sender knows no other. */
  | { type: 'abort'; reflected: boolean; causes: Tlv[] }
  | { type: 'shutdownComplete'; reflected: boolean }
  | { type: 'error'; causes: Tlv[] }
  | { type: 'shutdown'; cumulative: number }
  | { type: 'shutdownAck' | 'cookieAck' }
  | { type: 'cookieEcho'; cookie: Buffer }
  | { type: 'reconfig'; parameters: Tlv[] }
  | { type: 'unknown'; chunkType: number; bytes: Buffer };

/** The chunks of a packet, without its header. Null if any of them is malformed. Buffers in them are views. */
export function readChunks(bytes: Buffer): Chunk[] | null {
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER) return null;
    const length = bytes.readUInt16BE(at + 2);
    if (length < HEADER || length > bytes.length - at) return null;
    const chunk = readChunk(bytes.subarray(at, at + length));
    if (chunk === null) return null;
    chunks.push(chunk);
    at += padded(length);
  }
  return chunks;
}

function readChunk(bytes: Buffer): Chunk | null {
  const flags = bytes[1]!;
  const body = bytes.subarray(HEADER);
  switch (bytes[0]) {
    case CHUNK.data:
      return readData(flags, bytes);
    case CHUNK.init:
      return readInit('init', bytes);
    case CHUNK.initAck:
      return readInit('initAck', bytes);
    case CHUNK.sack:
      return readSack(bytes);
    case CHUNK.heartbeat:
      return { type: 'heartbeat', info: body };
    case CHUNK.heartbeatAck:
      return { type: 'heartbeatAck', info: body };
    case CHUNK.abort:
      // The causes are a courtesy: an ABORT counts even if they are garbage.
      return { type: 'abort', reflected: (flags & 1) !== 0, causes: readTlvs(body) ?? [] };
    case CHUNK.shutdown:
      return body.length === 4 ? { type: 'shutdown', cumulative: body.readUInt32BE(0) } : null;
    case CHUNK.shutdownAck:
      return { type: 'shutdownAck' };
    case CHUNK.error:
      return { type: 'error', causes: readTlvs(body) ?? [] };
    case CHUNK.cookieEcho:
      return { type: 'cookieEcho', cookie: body };
    case CHUNK.cookieAck:
      return { type: 'cookieAck' };
    case CHUNK.shutdownComplete:
      return { type: 'shutdownComplete', reflected: (flags & 1) !== 0 };
    case CHUNK.reconfig: {
      const parameters = readTlvs(body);
      return parameters === null ? null : { type: 'reconfig', parameters };
    }
    case CHUNK.forwardTsn:
      return readForwardTsn(body);
    default:
      return { type: 'unknown', chunkType: bytes[0]!, bytes };
  }
}

/** A message is never empty, so neither is a fragment. */
function readData(flags: number, bytes: Buffer): Chunk | null {
  if (bytes.length <= DATA_HEADER) return null;
  return {
    type: 'data',
    tsn: bytes.readUInt32BE(4),
    stream: bytes.readUInt16BE(8),
    ssn: bytes.readUInt16BE(10),
    ppid: bytes.readUInt32BE(12),
    end: (flags & 1) !== 0,
    begin: (flags & 2) !== 0,
    unordered: (flags & 4) !== 0,
    immediate: (flags & 8) !== 0,
    payload: bytes.subarray(DATA_HEADER),
  };
}

function readInit(type: 'init' | 'initAck', bytes: Buffer): Chunk | null {
  if (bytes.length < INIT_BYTES) return null;
  const parameters = readTlvs(bytes.subarray(INIT_BYTES));
  if (parameters === null) return null;
  return {
    type,
    tag: bytes.readUInt32BE(4),
    window: bytes.readUInt32BE(8),
    outboundStreams: bytes.readUInt16BE(12),
    inboundStreams: bytes.readUInt16BE(14),
    tsn: bytes.readUInt32BE(16),
    parameters,
  };
}

function readSack(bytes: Buffer): Chunk | null {
  if (bytes.length < SACK_BYTES) return null;
  const gapCount = bytes.readUInt16BE(12);
  const duplicateCount = bytes.readUInt16BE(14);
  if (bytes.length !== SACK_BYTES + 4 * (gapCount + duplicateCount)) return null;
  const gaps: [number, number][] = [];
  let at = SACK_BYTES;
  for (; gaps.length < gapCount; at += 4) gaps.push([bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)]);
  const duplicates: number[] = [];
  for (; at < bytes.length; at += 4) duplicates.push(bytes.readUInt32BE(at));
  return { type: 'sack', cumulative: bytes.readUInt32BE(4), window: bytes.readUInt32BE(8), gaps, duplicates };
}

function readForwardTsn(body: Buffer): Chunk | null {
  if (body.length < 4 || body.length % 4 !== 0) return null;
  const skipped: { stream: number; ssn: number }[] = [];
  for (let at = 4; at < body.length; at += 4) {
    skipped.push({ stream: body.readUInt16BE(at), ssn: body.readUInt16BE(at + 2) });
  }
  return { type: 'forwardTsn', cumulative: body.readUInt32BE(0), skipped };
}

/** The chunk with its padding. */
export function encodeChunk(chunk: Chunk): Buffer {
  switch (chunk.type) {
    case 'data':
      return encodeData(chunk);
    case 'init':
    case 'initAck':
      return encodeInit(chunk);
    case 'sack':
      return encodeSack(chunk);
    case 'forwardTsn':
      return encodeForwardTsn(chunk);
    case 'heartbeat':
    case 'heartbeatAck':
      return frame(CHUNK[chunk.type], 0, chunk.info);
    case 'abort':
      return frame(CHUNK.abort, chunk.reflected ? 1 : 0, encodeTlvs(chunk.causes));
    case 'shutdownComplete':
      return frame(CHUNK.shutdownComplete, chunk.reflected ? 1 : 0);
    case 'error':
      return frame(CHUNK.error, 0, encodeTlvs(chunk.causes));
    case 'shutdown': {
      const body = Buffer.alloc(4);
      body.writeUInt32BE(chunk.cumulative);
      return frame(CHUNK.shutdown, 0, body);
    }
    case 'shutdownAck':
    case 'cookieAck':
      return frame(CHUNK[chunk.type], 0);
    case 'cookieEcho':
      return frame(CHUNK.cookieEcho, 0, chunk.cookie);
    case 'reconfig':
      return frame(CHUNK.reconfig, 0, encodeTlvs(chunk.parameters));
    case 'unknown':
      return frame(chunk.chunkType, 0, chunk.bytes.subarray(HEADER));
  }
}

function frame(type: number, flags: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const length = HEADER + body.length;
  assert.ok(length <= 0xffff, 'a chunk is too long');
  const bytes = Buffer.alloc(padded(length));
  bytes[0] = type;
  bytes[1] = flags;
  bytes.writeUInt16BE(length, 2);
  bytes.set(body, HEADER);
  return bytes;
}

function encodeData(chunk: DataChunk): Buffer {
  const length = DATA_HEADER + chunk.payload.length;
  const bytes = Buffer.alloc(padded(length));
  bytes[0] = CHUNK.data;
  bytes[1] = (chunk.end ? 1 : 0) | (chunk.begin ? 2 : 0) | (chunk.unordered ? 4 : 0) | (chunk.immediate ? 8 : 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(chunk.tsn, 4);
  bytes.writeUInt16BE(chunk.stream, 8);
  bytes.writeUInt16BE(chunk.ssn, 10);
  bytes.writeUInt32BE(chunk.ppid, 12);
  bytes.set(chunk.payload, DATA_HEADER);
  return bytes;
}

function encodeInit(chunk: InitChunk): Buffer {
  const fixed = Buffer.alloc(INIT_BYTES - HEADER);
  fixed.writeUInt32BE(chunk.tag, 0);
  fixed.writeUInt32BE(chunk.window, 4);
  fixed.writeUInt16BE(chunk.outboundStreams, 8);
  fixed.writeUInt16BE(chunk.inboundStreams, 10);
  fixed.writeUInt32BE(chunk.tsn, 12);
  return frame(CHUNK[chunk.type], 0, Buffer.concat([fixed, encodeTlvs(chunk.parameters)]));
}

function encodeSack(chunk: SackChunk): Buffer {
  const body = Buffer.alloc(SACK_BYTES - HEADER + 4 * (chunk.gaps.length + chunk.duplicates.length));
  body.writeUInt32BE(chunk.cumulative, 0);
  body.writeUInt32BE(chunk.window, 4);
  body.writeUInt16BE(chunk.gaps.length, 8);
  body.writeUInt16BE(chunk.duplicates.length, 10);
  let at = SACK_BYTES - HEADER;
  for (const [first, last] of chunk.gaps) {
    body.writeUInt16BE(first, at);
    body.writeUInt16BE(last, at + 2);
    at += 4;
  }
  for (const tsn of chunk.duplicates) at = body.writeUInt32BE(tsn, at);
  return frame(CHUNK.sack, 0, body);
}

function encodeForwardTsn(chunk: ForwardTsnChunk): Buffer {
  const body = Buffer.alloc(4 + 4 * chunk.skipped.length);
  body.writeUInt32BE(chunk.cumulative, 0);
  chunk.skipped.forEach(({ stream, ssn }, index) => {
    body.writeUInt16BE(stream, 4 + 4 * index);
    body.writeUInt16BE(ssn, 6 + 4 * index);
  });
  return frame(CHUNK.forwardTsn, 0, body);
}
