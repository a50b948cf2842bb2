import assert from 'node:assert/strict';
import { readLeb128, writeLeb128 } from '@moonshare/bitstream';

/** A receiver for tests, strict where browsers are lenient: RFC 3550, 6184, 7798, 8285 and the AV1 RTP specification. */
export interface RtpPacket {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Extension elements by id. */
  extensions: Map<number, Buffer>;
  payload: Buffer;
}

export function parseRtp(packet: Buffer): RtpPacket {
  assert.equal(packet[0]! >> 6, 2, 'RTP version');
  assert.equal(packet[0]! & 0x2f, 0, 'no padding, no CSRC');
  const extensions = new Map<number, Buffer>();
  let at = 12;
  if ((packet[0]! & 0x10) !== 0) {
    assert.equal(packet.readUInt16BE(12), 0xbede);
    const end = 16 + packet.readUInt16BE(14) * 4;
    for (at = 16; at < end; ) {
      const length = (packet[at]! & 0x0f) + 1;
      if (packet[at]! >> 4 !== 0) extensions.set(packet[at]! >> 4, packet.subarray(at + 1, at + 1 + length));
      at += packet[at] === 0 ? 1 : 1 + length;
    }
    assert.equal(at, end, 'extension words are full');
  }
  return {
    marker: (packet[1]! & 0x80) !== 0,
    payloadType: packet[1]! & 0x7f,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    extensions,
    payload: packet.subarray(at),
  };
}

/** NAL units of the payloads of one access unit. */
export function depacketizeH264(payloads: readonly Buffer[]): Buffer[] {
  const fragments = new Fragments();
  const units: Buffer[] = [];
  for (const payload of payloads) {
    const type = payload[0]! & 0x1f;
    if (type === 28) {
      const header = Buffer.of((payload[0]! & 0xe0) | (payload[1]! & 0x1f));
      units.push(...fragments.add(payload[1]!, header, payload.subarray(2)));
    } else {
      fragments.assertNone();
      units.push(...(type === 24 ? aggregated(payload.subarray(1)) : [payload]));
    }
  }
  fragments.assertNone();
  return units;
}

export function depacketizeHevc(payloads: readonly Buffer[]): Buffer[] {
  const fragments = new Fragments();
  const units: Buffer[] = [];
  for (const payload of payloads) {
    const type = (payload[0]! >> 1) & 0x3f;
    if (type === 49) {
      const header = Buffer.of((payload[0]! & 0x81) | ((payload[2]! & 0x3f) << 1), payload[1]!);
      units.push(...fragments.add(payload[2]!, header, payload.subarray(3)));
    } else {
      fragments.assertNone();
      units.push(...(type === 48 ? aggregated(payload.subarray(2)) : [payload]));
    }
  }
  fragments.assertNone();
  return units;
}

/** The temporal unit with size fields, as hosts send it, without its delimiter. */
export function depacketizeAv1(payloads: readonly Buffer[]): Buffer {
  const obus: Buffer[] = [];
  let open: Buffer | null = null;
  for (const payload of payloads) {
    const flags = payload[0]!;
    const elements = av1Elements(payload.subarray(1), (flags >> 4) & 3);
    for (const [index, bytes] of elements.entries()) {
      assert.ok(bytes.length > 0, 'empty element');
      const continues = index === 0 && (flags & 0x80) !== 0;
      assert.equal(continues, open !== null && index === 0, 'Z follows Y');
      const whole: Buffer = open === null ? bytes : Buffer.concat([open, bytes]);
      open = index === elements.length - 1 && (flags & 0x40) !== 0 ? whole : null;
      if (open === null) obus.push(withSize(whole));
    }
  }
  assert.equal(open, null, 'last element complete');
  return Buffer.concat(obus);
}

function av1Elements(data: Buffer, count: number): Buffer[] {
  const elements: Buffer[] = [];
  let at = 0;
  while (at < data.length) {
    if (count !== 0 && elements.length === count - 1) {
      elements.push(data.subarray(at));
      break;
    }
    const { value, length } = readLeb128(data, at);
    elements.push(data.subarray(at + length, at + length + value));
    at += length + value;
  }
  if (count !== 0) assert.equal(elements.length, count);
  return elements;
}

function withSize(obu: Buffer): Buffer {
  assert.equal(obu[0]! & 0x02, 0, 'has_size cleared');
  const headerBytes = (obu[0]! & 0x04) === 0 ? 1 : 2;
  const header = Buffer.from(obu.subarray(0, headerBytes));
  header[0] = header[0]! | 0x02;
  return Buffer.concat([header, writeLeb128(obu.length - headerBytes), obu.subarray(headerBytes)]);
}

function aggregated(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const size = data.readUInt16BE(at);
    assert.ok(size > 0 && at + 2 + size <= data.length, 'aggregated size');
    units.push(data.subarray(at + 2, at + 2 + size));
    at += 2 + size;
  }
  assert.ok(units.length >= 2, 'an aggregation packet holds several units');
  return units;
}

class Fragments {
  #parts: Buffer[] | null = null;

  add(fuHeader: number, unitHeader: Buffer, body: Buffer): Buffer[] {
    assert.ok(body.length > 0, 'empty fragment');
    assert.notEqual(fuHeader & 0xc0, 0xc0, 'a fragment that is the whole unit');
    assert.equal((fuHeader & 0x80) !== 0, this.#parts === null, 'S on the first fragment only');
    this.#parts ??= [unitHeader];
    this.#parts.push(body);
    if ((fuHeader & 0x40) === 0) return [];
    const unit = Buffer.concat(this.#parts);
    this.#parts = null;
    return [unit];
  }

  assertNone(): void {
    assert.equal(this.#parts, null, 'a unit in the middle of fragments');
  }
}
