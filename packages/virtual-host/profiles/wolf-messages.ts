import { ControlCipher, encodeHostMessage, type HostMessage } from '@moonshare/gamestream';

/** Payload lengths with the padding of Wolf's structures, protocol/2 §3.6; Wolf sends no other messages. */
const LENGTHS: Partial<Record<HostMessage['type'], number>> = { rumble: 12, motionEnable: 6, led: 6, termination: 4 };
const HEAD = 4;

/** Wolf's messages to the client: old style, each with sequence number 0. Null for those that it never sends. */
export function sealWolfMessages(key: Buffer): (message: HostMessage) => Buffer | null {
  return (message) => {
    const plain = encodeWolfMessage(message);
    // A new cipher each time, as it counts from 0 and Wolf never gets beyond that.
    return plain === null ? null : new ControlCipher({ key, style: 'old', role: 'host' }).seal(plain);
  };
}

export function encodeWolfMessage(message: HostMessage): Buffer | null {
  const length = LENGTHS[message.type];
  if (length === undefined) return null;
  const plain = Buffer.alloc(HEAD + length);
  encodeHostMessage(message).copy(plain);
  plain.writeUInt16LE(length, 2);
  if (message.type === 'rumble') plain.writeUInt32LE(0, HEAD);
  return plain;
}
