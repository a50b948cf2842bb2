import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Chunk, encodeChunk } from './chunk.ts';
import { crc32c } from './crc32c.ts';
import { encodePacket, readPacket } from './packet.ts';

const HEADER = { sourcePort: 5000, destinationPort: 5001, tag: 0xdead_beef };
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(model, { noNullPrototype: true });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const bytes = (minLength = 0) => fc.uint8Array({ minLength, maxLength: 40 }).map((data) => Buffer.from(data));
const tlvs = fc.array(record({ type: u16, value: bytes() }), { maxLength: 4 });
const type = <T extends string>(name: T) => fc.constant(name);

const chunk: fc.Arbitrary<Chunk> = fc.oneof(
  record({
    type: type('data'),
    tsn: u32,
    stream: u16,
    ssn: u16,
    ppid: u32,
    unordered: fc.boolean(),
    begin: fc.boolean(),
    end: fc.boolean(),
    immediate: fc.boolean(),
    payload: bytes(1),
  }),
  record({
    type: fc.constantFrom('init' as const, 'initAck' as const),
    tag: u32,
    window: u32,
    outboundStreams: u16,
    inboundStreams: u16,
    tsn: u32,
    parameters: tlvs,
  }),
  record({
    type: type('sack'),
    cumulative: u32,
    window: u32,
    gaps: fc.array(fc.tuple(u16, u16), { maxLength: 5 }),
    duplicates: fc.array(u32, { maxLength: 5 }),
  }),
  record({
    type: type('forwardTsn'),
    cumulative: u32,
    skipped: fc.array(record({ stream: u16, ssn: u16 }), { maxLength: 5 }),
  }),
  record({ type: fc.constantFrom('heartbeat' as const, 'heartbeatAck' as const), info: bytes() }),
  record({ type: type('abort'), reflected: fc.boolean(), causes: tlvs }),
  record({ type: type('shutdownComplete'), reflected: fc.boolean() }),
  record({ type: type('error'), causes: tlvs }),
  record({ type: type('shutdown'), cumulative: u32 }),
  record({ type: fc.constantFrom('shutdownAck' as const, 'cookieAck' as const) }),
  record({ type: type('cookieEcho'), cookie: bytes() }),
  record({ type: type('reconfig'), parameters: tlvs }),
);

test('CRC32c has the values of RFC 3720, appendix B.4', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe306_9283);
  assert.equal(crc32c(Buffer.alloc(32)), 0x8a91_36aa);
  assert.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8_ab43);
  assert.equal(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i))), 0x46dd_794e);
});

test('every chunk is read as it was written', () => {
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 6 }), (chunks) => {
      assert.deepEqual(readPacket(encodePacket(HEADER, chunks.map(encodeChunk))), { ...HEADER, chunks });
    }),
  );
});

test('a DATA chunk lies on the wire as RFC 9260 §3.3.1 draws it', () => {
  const data: Chunk = {
    type: 'data',
    tsn: 0x01020304,
    stream: 5,
    ssn: 6,
    ppid: 51,
    unordered: true,
    begin: true,
    end: false,
    immediate: false,
    payload: Buffer.from('hello'),
  };
  assert.equal(encodeChunk(data).toString('hex'), `000600150102030400050006${'00000033'}68656c6c6f000000`);
});

test('a packet with any bit changed is refused', () => {
  const packet = encodePacket(HEADER, [encodeChunk({ type: 'shutdown', cumulative: 1 })]);
  for (let bit = 0; bit < packet.length * 8; bit++) {
    const damaged = Buffer.from(packet);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(readPacket(damaged), null, `bit ${bit}`);
  }
});

for (const [what, hex] of [
  ['ends within a chunk header', '0b'],
  ['has a chunk shorter than its header', '0b000003'],
  ['has a chunk beyond its end', '0b000008'],
  ['has DATA without data', '00030010 00000001 00000000 00000033'],
  ['has a short INIT', '01000010 00000001 00000000 00000033'],
  ['has an INIT with a parameter beyond its end', `01000018${'00000001'.repeat(4)} c0000008`],
  ['has a SACK with fewer gaps than it says', '03000010 00000001 00000000 00010000'],
  ['has a SACK with more than it says', '03000014 00000001 00000000 00000000 00000000'],
  ['has half an entry in FORWARD-TSN', 'c000000a 00000001 0001'],
  ['has a SHUTDOWN without a TSN', '07000004'],
] as const) {
  test(`a packet is refused that ${what}`, () => {
    assert.equal(readPacket(encodePacket(HEADER, [Buffer.from(hex.replaceAll(' ', ''), 'hex')])), null);
  });
}

test('the padding of the last chunk may be missing', () => {
  const packet = encodePacket(HEADER, [Buffer.from('04000005ff', 'hex')]);
  assert.deepEqual(readPacket(packet)?.chunks, [{ type: 'heartbeat', info: Buffer.from([0xff]) }]);
});

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      readPacket(encodePacket(HEADER, [Buffer.from(noise)]));
      readPacket(noise);
    }),
  );
});
