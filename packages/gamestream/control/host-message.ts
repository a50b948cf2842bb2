import { frameMessage, MessageType, padPayload, parseMessage } from './framing.ts';
import type { HdrMetadata, HostMessage } from './message.ts';

/** What Sunshine puts in front of a rumble; clients ignore it. */
const RUMBLE_PREFIX = 0x00c0ffee;
const TRIGGER_EFFECT_BYTES = 10;
const HDR_METADATA_WORDS = 13;

/** The V2 message; hosts send all of them reliably on channel 0, protocol/2 §3.6. */
export function encodeHostMessage(m: HostMessage): Buffer {
  switch (m.type) {
    case 'rumble': {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32LE(RUMBLE_PREFIX, 0);
      return frameMessage(MessageType.rumble, Buffer.concat([prefix, u16le(m.controller, m.low, m.high)]));
    }
    case 'triggerRumble':
      return frameMessage(MessageType.triggerRumble, u16le(m.controller, m.left, m.right));
    case 'motionEnable':
      return frameMessage(
        MessageType.motionEnable,
        Buffer.concat([u16le(m.controller, m.rateHz), Buffer.from([m.sensor])]),
      );
    case 'led':
      return frameMessage(MessageType.led, Buffer.concat([u16le(m.controller), Buffer.from([m.red, m.green, m.blue])]));
    case 'adaptiveTriggers':
      return frameMessage(
        MessageType.adaptiveTriggers,
        Buffer.concat([
          u16le(m.controller),
          Buffer.from([m.which, m.leftType, m.rightType]),
          padPayload(m.left, TRIGGER_EFFECT_BYTES).subarray(0, TRIGGER_EFFECT_BYTES),
          padPayload(m.right, TRIGGER_EFFECT_BYTES).subarray(0, TRIGGER_EFFECT_BYTES),
        ]),
      );
    case 'hdrMode':
      return frameMessage(
        MessageType.hdrMode,
        Buffer.concat([Buffer.from([m.enabled ? 1 : 0]), encodeHdrMetadata(m.metadata)]),
      );
    case 'termination': {
      const code = Buffer.alloc(4);
      code.writeUInt32BE(m.code >>> 0, 0);
      return frameMessage(MessageType.termination, code);
    }
    case 'unknown':
      return frameMessage(m.code, m.payload);
  }
}

/** Errors: MALFORMED below 4 bytes. Missing fields are 0, bytes after the last field are ignored. */
export function decodeHostMessage(plain: Buffer): HostMessage {
  const { type, payload } = parseMessage(plain);
  switch (type) {
    case MessageType.rumble: {
      const b = padPayload(payload, 10);
      return { type: 'rumble', controller: b.readUInt16LE(4), low: b.readUInt16LE(6), high: b.readUInt16LE(8) };
    }
    case MessageType.triggerRumble: {
      const b = padPayload(payload, 6);
      return {
        type: 'triggerRumble',
        controller: b.readUInt16LE(0),
        left: b.readUInt16LE(2),
        right: b.readUInt16LE(4),
      };
    }
    case MessageType.motionEnable: {
      const b = padPayload(payload, 5);
      return { type: 'motionEnable', controller: b.readUInt16LE(0), rateHz: b.readUInt16LE(2), sensor: b[4]! };
    }
    case MessageType.led: {
      const b = padPayload(payload, 5);
      return { type: 'led', controller: b.readUInt16LE(0), red: b[2]!, green: b[3]!, blue: b[4]! };
    }
    case MessageType.adaptiveTriggers: {
      const b = padPayload(payload, 25);
      return {
        type: 'adaptiveTriggers',
        controller: b.readUInt16LE(0),
        which: b[2]!,
        leftType: b[3]!,
        rightType: b[4]!,
        left: Buffer.from(b.subarray(5, 15)),
        right: Buffer.from(b.subarray(15, 25)),
      };
    }
    case MessageType.hdrMode:
      return { type: 'hdrMode', enabled: payload.length > 0 && payload[0] !== 0, metadata: decodeHdrMetadata(payload) };
    case MessageType.termination:
    case MessageType.terminationShort:
      return { type: 'termination', code: terminationCode(payload) };
  }
  return { type: 'unknown', code: type, payload };
}

/** The length decides, not the type: a big-endian u32 from 4 bytes on, else the u16. */
function terminationCode(payload: Buffer): number {
  return payload.length >= 4 ? payload.readUInt32BE(0) : padPayload(payload, 2).readUInt16LE(0);
}

function encodeHdrMetadata(m: HdrMetadata | null): Buffer {
  if (m === null) return u16le(...new Array<number>(HDR_METADATA_WORDS).fill(0));
  const points = [m.red, m.green, m.blue, m.white].flatMap((p) => [p.x, p.y]);
  return u16le(
    ...points,
    m.maxDisplayLuminance,
    m.minDisplayLuminance,
    m.maxContentLightLevel,
    m.maxFrameAverageLightLevel,
    m.maxFullFrameLuminance,
  );
}

/** null for the one-byte form of hosts that send none, and if everything is unknown. */
function decodeHdrMetadata(payload: Buffer): HdrMetadata | null {
  const b = padPayload(payload, 1 + 2 * HDR_METADATA_WORDS);
  const word = (i: number) => b.readUInt16LE(1 + 2 * i);
  const words = Array.from({ length: HDR_METADATA_WORDS }, (_, i) => word(i));
  if (words.every((w) => w === 0)) return null;
  const point = (i: number) => ({ x: word(2 * i), y: word(2 * i + 1) });
  return {
    red: point(0),
    green: point(1),
    blue: point(2),
    white: point(3),
    maxDisplayLuminance: word(8),
    minDisplayLuminance: word(9),
    maxContentLightLevel: word(10),
    maxFrameAverageLightLevel: word(11),
    maxFullFrameLuminance: word(12),
  };
}

function u16le(...values: number[]): Buffer {
  const b = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => {
    b.writeUInt16LE(value & 0xffff, 2 * i);
  });
  return b;
}
