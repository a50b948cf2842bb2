import { GameStreamError } from '../errors.ts';

/** Message types of hosts since 7.1.431, protocol/2 §3.4. The direction tells the two meanings of 0x5502 apart. */
export const MessageType = {
  termination: 0x0109,
  terminationShort: 0x0100,
  rumble: 0x010b,
  hdrMode: 0x010e,
  ping: 0x0200,
  lossStats: 0x0201,
  input: 0x0206,
  invalidateFrames: 0x0301,
  requestIdr: 0x0302,
  startB: 0x0307,
  ltrAck: 0x0350,
  triggerRumble: 0x5500,
  motionEnable: 0x5501,
  led: 0x5502,
  frameFecStatus: 0x5502,
  adaptiveTriggers: 0x5503,
} as const;

/** One V2 message: u16le type, u16le length, payload; protocol/2 §3.2. */
export function frameMessage(type: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(type, 0);
  head.writeUInt16LE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Type and payload; the smaller of the stated and the real length counts (protocol/2 §6). Errors: MALFORMED. */
export function parseMessage(plain: Buffer): { type: number; payload: Buffer } {
  if (plain.length < 4)
    throw new GameStreamError('MALFORMED', `a control message of ${plain.length} bytes has no header`);
  return { type: plain.readUInt16LE(0), payload: plain.subarray(4, 4 + plain.readUInt16LE(2)) };
}

/** Pads a payload with zeros to at least `bytes` bytes. */
export function padPayload(payload: Buffer, bytes: number): Buffer {
  return payload.length >= bytes ? payload : Buffer.concat([payload, Buffer.alloc(bytes - payload.length)]);
}
