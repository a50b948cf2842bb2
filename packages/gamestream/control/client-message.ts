import type { EnetMode } from '../enet/types.ts';
import { decodeInput } from '../input/decode.ts';
import { encodeInput } from '../input/encode.ts';
import { frameMessage, MessageType, padPayload, parseMessage } from './framing.ts';
import type { ClientMessage, FrameFecStatus } from './message.ts';

const CHANNEL_GENERIC = 0;
const CHANNEL_URGENT = 1;

/**
 * The V2 message with its channel and mode, protocol/2 §3.5. Exceptions: a session's first requestIdr goes on channel 0, and
 * input that depends on the previous packet (pen) is encoded with `encodeInput`. Errors: INVALID_ARGUMENT.
 */
export function encodeClientMessage(m: ClientMessage): { channel: number; mode: EnetMode; plain: Buffer } {
  const reliable = (channel: number, type: number, payload: Buffer) => {
    return { channel, mode: 'reliable' as EnetMode, plain: frameMessage(type, payload) };
  };
  switch (m.type) {
    case 'requestIdr':
      return reliable(CHANNEL_URGENT, MessageType.requestIdr, Buffer.alloc(2));
    case 'startB':
      return reliable(CHANNEL_GENERIC, MessageType.startB, Buffer.alloc(1));
    case 'ping':
      return reliable(CHANNEL_GENERIC, MessageType.ping, Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]));
    case 'invalidateFrames':
      return reliable(CHANNEL_URGENT, MessageType.invalidateFrames, u32le(m.first, 0, m.last, 0, 0, 0));
    case 'ltrAck':
      return reliable(CHANNEL_URGENT, MessageType.ltrAck, u32le(m.frame, 0));
    case 'lossStats':
      // The frame is a u64; the other numbers are fixed and of unknown meaning (protocol/2 §9).
      return reliable(CHANNEL_GENERIC, MessageType.lossStats, u32le(0, 50, 1000, m.lastGoodFrame, 0, 0, 0, 0x14));
    case 'frameFecStatus': {
      const plain = frameMessage(MessageType.frameFecStatus, encodeFecStatus(m.status));
      return { channel: CHANNEL_GENERIC, mode: 'unsequenced', plain };
    }
    case 'input': {
      const { channel, mode, payload } = encodeInput(m.packet);
      return { channel, mode, plain: frameMessage(MessageType.input, payload) };
    }
    case 'unknown':
      return reliable(CHANNEL_GENERIC, m.code, m.payload);
  }
}

/** Errors: MALFORMED below 4 bytes. Missing fields are 0; input that does not parse is `unknown`. */
export function decodeClientMessage(plain: Buffer): ClientMessage {
  const { type, payload } = parseMessage(plain);
  switch (type) {
    case MessageType.requestIdr:
      return { type: 'requestIdr' };
    case MessageType.startB:
      return { type: 'startB' };
    case MessageType.ping:
      return { type: 'ping' };
    case MessageType.invalidateFrames: {
      const b = padPayload(payload, 24);
      return { type: 'invalidateFrames', first: b.readUInt32LE(0), last: b.readUInt32LE(8) };
    }
    case MessageType.ltrAck:
      return { type: 'ltrAck', frame: padPayload(payload, 8).readUInt32LE(0) };
    case MessageType.lossStats:
      return { type: 'lossStats', lastGoodFrame: padPayload(payload, 32).readUInt32LE(12) };
    case MessageType.frameFecStatus:
      return { type: 'frameFecStatus', status: decodeFecStatus(padPayload(payload, FEC_STATUS_BYTES)) };
    case MessageType.input: {
      const packet = decodeInput(payload);
      if (packet !== null) return { type: 'input', packet };
    }
  }
  return { type: 'unknown', code: type, payload };
}

const FEC_STATUS_BYTES = 21;

/** The client's only big-endian message. */
function encodeFecStatus(s: FrameFecStatus): Buffer {
  const b = Buffer.alloc(FEC_STATUS_BYTES);
  b.writeUInt32BE(s.frameIndex >>> 0, 0);
  const words = [
    s.highestSequence,
    s.nextContiguousSequence,
    s.missingBeforeHighest,
    s.dataPackets,
    s.parityPackets,
    s.receivedData,
    s.receivedParity,
  ];
  words.forEach((word, i) => {
    b.writeUInt16BE(word & 0xffff, 4 + 2 * i);
  });
  b.set([s.fecPercentage, s.blockIndex, s.blockCount], 18);
  return b;
}

function decodeFecStatus(b: Buffer): FrameFecStatus {
  return {
    frameIndex: b.readUInt32BE(0),
    highestSequence: b.readUInt16BE(4),
    nextContiguousSequence: b.readUInt16BE(6),
    missingBeforeHighest: b.readUInt16BE(8),
    dataPackets: b.readUInt16BE(10),
    parityPackets: b.readUInt16BE(12),
    receivedData: b.readUInt16BE(14),
    receivedParity: b.readUInt16BE(16),
    fecPercentage: b[18]!,
    blockIndex: b[19]!,
    blockCount: b[20]!,
  };
}

function u32le(...values: number[]): Buffer {
  const b = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    b.writeUInt32LE(value >>> 0, 4 * i);
  });
  return b;
}
