/** Commands of protocol/2 §1.2 and §1.3: one at a time, bytes to values and back. */

interface Numbered {
  channel: number;
  reliableSeq: number;
}

export interface ConnectFields {
  senderSlot: number;
  incomingSession: number;
  outgoingSession: number;
  mtu: number;
  windowSize: number;
  channelCount: number;
  incomingBandwidth: number;
  outgoingBandwidth: number;
  throttleInterval: number;
  throttleAcceleration: number;
  throttleDeceleration: number;
  /** 4 opaque bytes. */
  connectId: Buffer;
}

export interface FragmentFields {
  startSeq: number;
  count: number;
  number: number;
  total: number;
  offset: number;
  data: Buffer;
}

export type EnetCommand = Numbered &
  (
    | { type: 'acknowledge'; receivedSeq: number; receivedSentTime: number }
    | ({ type: 'connect'; connectData: number } & ConnectFields)
    | ({ type: 'verifyConnect' } & ConnectFields)
    | { type: 'disconnect'; data: number; unsequenced: boolean }
    | { type: 'ping' }
    | { type: 'sendReliable'; data: Buffer }
    | { type: 'sendUnreliable'; unreliableSeq: number; data: Buffer }
    | ({ type: 'sendFragment' } & FragmentFields)
    | { type: 'sendUnsequenced'; group: number; data: Buffer }
    | { type: 'bandwidthLimit'; incomingBandwidth: number; outgoingBandwidth: number }
    | { type: 'throttleConfigure'; interval: number; acceleration: number; deceleration: number }
    | ({ type: 'sendUnreliableFragment' } & FragmentFields)
  );

type CommandType = EnetCommand['type'];
type NameOf<Type extends CommandType> = Extract<keyof (EnetCommand & { type: Type }), string>;

/** A big-endian number; `length` is the payload's, and `connectId` is kept as bytes. */
type Field<Name extends string> = readonly [name: Name | 'length', bytes: 1 | 2 | 4];

/** A command on the wire: its first byte as we send it, and the fields after channel and sequence number. */
interface Layout<Name extends string = string> {
  first: number;
  fields: readonly Field<Name>[];
}

const CONNECT: readonly Field<keyof ConnectFields>[] = [
  ['senderSlot', 2],
  ['incomingSession', 1],
  ['outgoingSession', 1],
  ['mtu', 4],
  ['windowSize', 4],
  ['channelCount', 4],
  ['incomingBandwidth', 4],
  ['outgoingBandwidth', 4],
  ['throttleInterval', 4],
  ['throttleAcceleration', 4],
  ['throttleDeceleration', 4],
  ['connectId', 4],
];
const FRAGMENT: readonly Field<keyof FragmentFields>[] = [
  ['startSeq', 2],
  ['length', 2],
  ['count', 4],
  ['number', 4],
  ['total', 4],
  ['offset', 4],
];

const FLAG_ACKNOWLEDGE = 0x80;
const FLAG_UNSEQUENCED = 0x40;

const LAYOUTS: { readonly [Type in CommandType]: Layout<NameOf<Type>> } = {
  acknowledge: { first: 0x01, fields: u16('receivedSeq', 'receivedSentTime') },
  connect: { first: 0x82, fields: [...CONNECT, ['connectData', 4]] },
  verifyConnect: { first: 0x83, fields: CONNECT },
  disconnect: { first: 0x84, fields: u32('data') },
  ping: { first: 0x85, fields: [] },
  sendReliable: { first: 0x86, fields: u16('length') },
  sendUnreliable: { first: 0x07, fields: u16('unreliableSeq', 'length') },
  sendFragment: { first: 0x88, fields: FRAGMENT },
  sendUnsequenced: { first: 0x49, fields: u16('group', 'length') },
  bandwidthLimit: { first: 0x8a, fields: u32('incomingBandwidth', 'outgoingBandwidth') },
  throttleConfigure: { first: 0x8b, fields: u32('interval', 'acceleration', 'deceleration') },
  sendUnreliableFragment: { first: 0x0c, fields: FRAGMENT },
};
const TYPES = new Map(Object.entries(LAYOUTS).map(([type, { first }]) => [first & 0x0f, type as CommandType]));

const HEAD_BYTES = 4;
const NO_PAYLOAD = Buffer.alloc(0);

export interface ReadCommand {
  command: EnetCommand;
  /** The sender wants an ACK (flag 0x80). */
  wantsAck: boolean;
  /** Offset of the next command. */
  next: number;
}

/** The command at `offset`; null if it is unknown or does not fit, which ends the parsing of the datagram. */
export function readCommand(datagram: Buffer, offset: number): ReadCommand | null {
  if (datagram.length - offset < HEAD_BYTES) return null;
  const first = datagram[offset]!;
  const type = TYPES.get(first & 0x0f);
  if (type === undefined || datagram.length - offset < sizeOf(type)) return null;
  const values: Record<string, unknown> = {
    type,
    channel: datagram[offset + 1],
    reliableSeq: datagram.readUInt16BE(offset + 2),
  };
  let at = offset + HEAD_BYTES;
  let next = offset + sizeOf(type);
  for (const [name, bytes] of LAYOUTS[type].fields) {
    if (name === 'length') {
      const start = next;
      next += datagram.readUInt16BE(at);
      if (next > datagram.length) return null;
      values.data = datagram.subarray(start, next);
    } else {
      const isOpaque = name === 'connectId';
      values[name] = isOpaque ? Buffer.from(datagram.subarray(at, at + bytes)) : datagram.readUIntBE(at, bytes);
    }
    at += bytes;
  }
  if (type === 'disconnect') values.unsequenced = (first & FLAG_UNSEQUENCED) !== 0;
  return { command: values as unknown as EnetCommand, wantsAck: (first & FLAG_ACKNOWLEDGE) !== 0, next };
}

/** The bytes of a command, including its payload. */
export function encodeCommand(c: EnetCommand): Buffer {
  const payload = 'data' in c && typeof c.data !== 'number' ? c.data : NO_PAYLOAD;
  const { first, fields }: Layout = LAYOUTS[c.type];
  const b = Buffer.alloc(sizeOf(c.type) + payload.length);
  b[0] = c.type === 'disconnect' && c.unsequenced ? 0x44 : first;
  b[1] = c.channel;
  b.writeUInt16BE(c.reliableSeq, 2);
  const values: Record<string, unknown> = { ...c, length: payload.length };
  let at = HEAD_BYTES;
  for (const [name, bytes] of fields) {
    const value = values[name];
    if (Buffer.isBuffer(value)) value.copy(b, at);
    else b.writeUIntBE(value as number, at, bytes);
    at += bytes;
  }
  payload.copy(b, at);
  return b;
}

/** Without payload. */
function sizeOf(type: CommandType): number {
  const { fields }: Layout = LAYOUTS[type];
  return fields.reduce((sum, [, bytes]) => sum + bytes, HEAD_BYTES);
}

function u16<Name extends string>(...names: Name[]): Field<Name>[] {
  return names.map((name) => [name, 2]);
}

function u32<Name extends string>(...names: Name[]): Field<Name>[] {
  return names.map((name) => [name, 4]);
}
