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

const FLAG_ACKNOWLEDGE = 0x80;
const FLAG_UNSEQUENCED = 0x40;

/** Index: command number. Value: type, and size without payload. */
const COMMANDS: readonly (readonly [CommandType, number] | null)[] = [
  null,
  ['acknowledge', 8],
  ['connect', 48],
  ['verifyConnect', 44],
  ['disconnect', 8],
  ['ping', 4],
  ['sendReliable', 6],
  ['sendUnreliable', 8],
  ['sendFragment', 24],
  ['sendUnsequenced', 8],
  ['bandwidthLimit', 12],
  ['throttleConfigure', 16],
  ['sendUnreliableFragment', 24],
];

const FIRST_BYTE: Readonly<Record<CommandType, number>> = {
  acknowledge: 0x01,
  connect: 0x82,
  verifyConnect: 0x83,
  disconnect: 0x84,
  ping: 0x85,
  sendReliable: 0x86,
  sendUnreliable: 0x07,
  sendFragment: 0x88,
  sendUnsequenced: 0x49,
  bandwidthLimit: 0x8a,
  throttleConfigure: 0x8b,
  sendUnreliableFragment: 0x0c,
};

export interface ReadCommand {
  command: EnetCommand;
  /** The sender wants an ACK (flag 0x80). */
  wantsAck: boolean;
  /** Offset of the next command. */
  next: number;
}

/** The command at `offset`; null if it is unknown or does not fit, which ends the parsing of the datagram. */
export function readCommand(datagram: Buffer, offset: number): ReadCommand | null {
  if (datagram.length - offset < 4) return null;
  const first = datagram[offset]!;
  const known = COMMANDS[first & 0x0f];
  if (!known) return null;
  const [type, size] = known;
  if (datagram.length - offset < size) return null;
  const payload = payloadAt(datagram, offset, type, size);
  if (payload === null) return null;
  const b = datagram.subarray(offset, offset + size);
  const command = readBody(type, b, payload, (first & FLAG_UNSEQUENCED) !== 0);
  return { command, wantsAck: (first & FLAG_ACKNOWLEDGE) !== 0, next: offset + size + payload.length };
}

const NO_PAYLOAD = Buffer.alloc(0);

function payloadAt(datagram: Buffer, offset: number, type: CommandType, size: number): Buffer | null {
  const lengthAt = LENGTH_OFFSET[type];
  if (lengthAt === undefined) return NO_PAYLOAD;
  const start = offset + size;
  const end = start + datagram.readUInt16BE(offset + lengthAt);
  return end > datagram.length ? null : datagram.subarray(start, end);
}

const LENGTH_OFFSET: Readonly<Partial<Record<CommandType, number>>> = {
  sendReliable: 4,
  sendUnreliable: 6,
  sendUnsequenced: 6,
  sendFragment: 6,
  sendUnreliableFragment: 6,
};

function readBody(type: CommandType, b: Buffer, data: Buffer, unsequenced: boolean): EnetCommand {
  const head = { channel: b[1]!, reliableSeq: b.readUInt16BE(2) };
  switch (type) {
    case 'acknowledge':
      return { type, ...head, receivedSeq: b.readUInt16BE(4), receivedSentTime: b.readUInt16BE(6) };
    case 'connect':
      return { type, ...head, ...readConnect(b), connectData: b.readUInt32BE(44) };
    case 'verifyConnect':
      return { type, ...head, ...readConnect(b) };
    case 'disconnect':
      return { type, ...head, data: b.readUInt32BE(4), unsequenced };
    case 'ping':
      return { type, ...head };
    case 'sendReliable':
      return { type, ...head, data };
    case 'sendUnreliable':
      return { type, ...head, unreliableSeq: b.readUInt16BE(4), data };
    case 'sendUnsequenced':
      return { type, ...head, group: b.readUInt16BE(4), data };
    case 'sendFragment':
    case 'sendUnreliableFragment':
      return {
        type,
        ...head,
        startSeq: b.readUInt16BE(4),
        count: b.readUInt32BE(8),
        number: b.readUInt32BE(12),
        total: b.readUInt32BE(16),
        offset: b.readUInt32BE(20),
        data,
      };
    case 'bandwidthLimit':
      return { type, ...head, incomingBandwidth: b.readUInt32BE(4), outgoingBandwidth: b.readUInt32BE(8) };
    case 'throttleConfigure':
      return {
        type,
        ...head,
        interval: b.readUInt32BE(4),
        acceleration: b.readUInt32BE(8),
        deceleration: b.readUInt32BE(12),
      };
  }
}

function readConnect(b: Buffer): ConnectFields {
  return {
    senderSlot: b.readUInt16BE(4),
    incomingSession: b[6]!,
    outgoingSession: b[7]!,
    mtu: b.readUInt32BE(8),
    windowSize: b.readUInt32BE(12),
    channelCount: b.readUInt32BE(16),
    incomingBandwidth: b.readUInt32BE(20),
    outgoingBandwidth: b.readUInt32BE(24),
    throttleInterval: b.readUInt32BE(28),
    throttleAcceleration: b.readUInt32BE(32),
    throttleDeceleration: b.readUInt32BE(36),
    connectId: Buffer.from(b.subarray(40, 44)),
  };
}

/** The bytes of a command, including its payload. */
export function encodeCommand(c: EnetCommand): Buffer {
  const payload = 'data' in c && typeof c.data !== 'number' ? c.data : NO_PAYLOAD;
  const size = COMMANDS[FIRST_BYTE[c.type] & 0x0f]![1];
  const b = Buffer.alloc(size + payload.length);
  b[0] = c.type === 'disconnect' && c.unsequenced ? 0x44 : FIRST_BYTE[c.type];
  b[1] = c.channel;
  b.writeUInt16BE(c.reliableSeq, 2);
  writeBody(c, b);
  payload.copy(b, size);
  return b;
}

function writeBody(c: EnetCommand, b: Buffer): void {
  switch (c.type) {
    case 'acknowledge':
      b.writeUInt16BE(c.receivedSeq, 4);
      b.writeUInt16BE(c.receivedSentTime, 6);
      break;
    case 'connect':
      writeConnect(c, b);
      b.writeUInt32BE(c.connectData, 44);
      break;
    case 'verifyConnect':
      writeConnect(c, b);
      break;
    case 'disconnect':
      b.writeUInt32BE(c.data, 4);
      break;
    case 'ping':
      break;
    case 'sendReliable':
      b.writeUInt16BE(c.data.length, 4);
      break;
    case 'sendUnreliable':
      b.writeUInt16BE(c.unreliableSeq, 4);
      b.writeUInt16BE(c.data.length, 6);
      break;
    case 'sendUnsequenced':
      b.writeUInt16BE(c.group, 4);
      b.writeUInt16BE(c.data.length, 6);
      break;
    case 'sendFragment':
    case 'sendUnreliableFragment':
      b.writeUInt16BE(c.startSeq, 4);
      b.writeUInt16BE(c.data.length, 6);
      b.writeUInt32BE(c.count, 8);
      b.writeUInt32BE(c.number, 12);
      b.writeUInt32BE(c.total, 16);
      b.writeUInt32BE(c.offset, 20);
      break;
    case 'bandwidthLimit':
      b.writeUInt32BE(c.incomingBandwidth, 4);
      b.writeUInt32BE(c.outgoingBandwidth, 8);
      break;
    case 'throttleConfigure':
      b.writeUInt32BE(c.interval, 4);
      b.writeUInt32BE(c.acceleration, 8);
      b.writeUInt32BE(c.deceleration, 12);
      break;
  }
}

function writeConnect(c: ConnectFields, b: Buffer): void {
  b.writeUInt16BE(c.senderSlot, 4);
  b[6] = c.incomingSession;
  b[7] = c.outgoingSession;
  b.writeUInt32BE(c.mtu, 8);
  b.writeUInt32BE(c.windowSize, 12);
  b.writeUInt32BE(c.channelCount, 16);
  b.writeUInt32BE(c.incomingBandwidth, 20);
  b.writeUInt32BE(c.outgoingBandwidth, 24);
  b.writeUInt32BE(c.throttleInterval, 28);
  b.writeUInt32BE(c.throttleAcceleration, 32);
  b.writeUInt32BE(c.throttleDeceleration, 36);
  c.connectId.copy(b, 40);
}
