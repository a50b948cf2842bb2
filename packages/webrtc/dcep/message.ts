/** Payload protocol identifiers, RFC 8831 §8. */
export const PPID = { dcep: 50, text: 51, binary: 53, emptyText: 56, emptyBinary: 57 } as const;

const OPEN = 3;
const ACK = 2;
const OPEN_BYTES = 12;
const UNORDERED = 0x80;
const TYPE = { reliable: 0, retransmits: 1, lifetime: 2 } as const;
/** Both are for people and switches, not for documents. */
const MAX_NAME_BYTES = 1024;

/** What a data channel is, for both sides. */
export interface ChannelProperties {
  label: string;
  protocol: string;
  ordered: boolean;
  /** How often a message may be sent again; with `maxLifetimeMs`, at most one of them is set. */
  maxRetransmits?: number;
  /** How long a message may be sent again. */
  maxLifetimeMs?: number;
}

export type DcepMessage = { type: 'open'; properties: ChannelProperties } | { type: 'ack' };

/** Null if it is none, or malformed. */
export function readDcep(bytes: Uint8Array): DcepMessage | null {
  if (bytes.length === 1 && bytes[0] === ACK) return { type: 'ack' };
  if (bytes.length < OPEN_BYTES || bytes[0] !== OPEN) return null;
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = message[1]! & ~UNORDERED;
  const limit = message.readUInt32BE(4);
  const labelEnd = OPEN_BYTES + message.readUInt16BE(8);
  const protocolEnd = labelEnd + message.readUInt16BE(10);
  if (protocolEnd !== message.length || kind > TYPE.lifetime) return null;
  if (labelEnd - OPEN_BYTES > MAX_NAME_BYTES || protocolEnd - labelEnd > MAX_NAME_BYTES) return null;
  const properties: ChannelProperties = {
    label: message.toString('utf8', OPEN_BYTES, labelEnd),
    protocol: message.toString('utf8', labelEnd, protocolEnd),
    ordered: (message[1]! & UNORDERED) === 0,
  };
  if (kind === TYPE.retransmits) properties.maxRetransmits = limit;
  if (kind === TYPE.lifetime) properties.maxLifetimeMs = limit;
  return { type: 'open', properties };
}

export function encodeDcepAck(): Buffer {
  return Buffer.from([ACK]);
}

/** Throws a RangeError if label or protocol are longer than 1024 bytes. */
export function encodeDcepOpen(properties: ChannelProperties): Buffer {
  const { maxRetransmits, maxLifetimeMs } = properties;
  const label = Buffer.from(properties.label);
  const protocol = Buffer.from(properties.protocol);
  if (label.length > MAX_NAME_BYTES || protocol.length > MAX_NAME_BYTES) {
    throw new RangeError(`a label or protocol of a data channel is longer than ${MAX_NAME_BYTES} bytes`);
  }
  const head = Buffer.alloc(OPEN_BYTES);
  head[0] = OPEN;
  const kind =
    maxRetransmits !== undefined ? TYPE.retransmits : maxLifetimeMs !== undefined ? TYPE.lifetime : TYPE.reliable;
  head[1] = kind | (properties.ordered ? 0 : UNORDERED);
  head.writeUInt32BE(maxRetransmits ?? maxLifetimeMs ?? 0, 4);
  head.writeUInt16BE(label.length, 8);
  head.writeUInt16BE(protocol.length, 10);
  return Buffer.concat([head, label, protocol]);
}
