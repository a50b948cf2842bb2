import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseH264Sps, splitAnnexB } from '@moonshare/bitstream';
import fc from 'fast-check';
import { depacketizeAv1, depacketizeH264, depacketizeHevc, parseRtp } from '../../../fixtures/depacketize.ts';
import { Av1Payload } from './av1.ts';
import { H264Payload } from './h264.ts';
import { HevcPayload } from './hevc.ts';
import { evenPieces, MAX_RTP_PAYLOAD, PacketWriter, RTP_HEADER_BYTES, sendPatched } from './packet.ts';
import { packetizeOpus, RtpVideoPacketizer } from './packetizer.ts';

const header = { ssrc: 0x01020304, timestamp: 0xfffffff0 };
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const writerOf = () => new PacketWriter(header, 1000);
const payloads = (packets: Buffer[]) => packets.map((packet) => parseRtp(packet).payload);
const hexOf = (packets: Buffer[]) => payloads(packets).map((payload) => payload.toString('hex'));
const annexB = (units: Buffer[]) => Buffer.concat(units.flatMap((unit) => [Buffer.of(0, 0, 0, 1), unit]));

/** The access unit of protocol/3 §2.9. */
const V1 = hex('00000001 6764002aac 00000001 68ee3c80 000001 658884001122334455');

describe('H.264 packets', () => {
  it('share one packet for parameter sets, and carry a small slice whole with the marker', () => {
    const packets = new RtpVideoPacketizer('h264').packetize({ data: V1, keyFrame: true }, header);
    assert.deepEqual(hexOf(packets), ['7800056764002aac000468ee3c80', '658884001122334455']);
    assert.deepEqual(
      packets.map((packet) => parseRtp(packet).marker),
      [false, true],
    );
  });

  it('split a large slice into fragments', () => {
    const writer = writerOf();
    new H264Payload().write(writer, V1, 6);
    const sliceOnly = hexOf(writer.finish()).slice(-2);
    assert.deepEqual(sliceOnly, ['7c8588840011', '7c4522334455']);
  });

  it('are larger for frames of 1.8 to 2.8 MB, so that Chromium can hold all of them', () => {
    const packetizer = new RtpVideoPacketizer('h264');
    const largest = (bytes: number) => {
      const data = Buffer.concat([annexB([Buffer.of(0x65)]), Buffer.alloc(bytes, 0xab)]);
      const packets = packetizer.packetize({ data, keyFrame: true }, header);
      return { packets: packets.length, bytes: Math.max(...packets.map(({ length }) => length - RTP_HEADER_BYTES)) };
    };
    assert.ok(largest(1_700_000).bytes <= MAX_RTP_PAYLOAD);
    for (const bytes of [1_800_000, 2_500_000, 2_780_000]) {
      const { packets, bytes: payload } = largest(bytes);
      assert.ok(packets <= 2048 && payload > MAX_RTP_PAYLOAD && payload <= 1400, `${packets} packets of ${payload}`);
    }
    assert.ok(largest(5_000_000).bytes <= MAX_RTP_PAYLOAD, 'too large even for that');
    // A VPN does not carry such packets, and most frames can do without.
    packetizer.spareLargePackets();
    const { packets, bytes } = largest(2_300_000);
    assert.ok(packets <= 2000 && bytes <= MAX_RTP_PAYLOAD, `${packets} packets of ${bytes}`);
    assert.ok(largest(2_500_000).packets <= 2048);
  });

  it('drop delimiters, filler and end marks and keep SEI', () => {
    const units = ['09f0', '0605ff', '419a01', '0cff80', '0a', '0b'].map(hex);
    const packets = new RtpVideoPacketizer('h264').packetize({ data: annexB(units), keyFrame: false }, header);
    assert.deepEqual(hexOf(packets), ['0605ff', '419a01']);
  });

  it('repeat the parameter sets before an IDR without any', () => {
    const packetizer = new RtpVideoPacketizer('h264');
    packetizer.packetize({ data: V1, keyFrame: true }, header);
    const bare = annexB([hex('6588840011')]);
    assert.deepEqual(hexOf(packetizer.packetize({ data: bare, keyFrame: true }, header)), [
      '7800056764002aac000468ee3c80',
      '6588840011',
    ]);
    const slice = annexB([hex('419a01')]);
    assert.deepEqual(hexOf(packetizer.packetize({ data: slice, keyFrame: false }, header)), ['419a01']);
  });

  it('state that pictures are not reordered if the encoder did not', () => {
    const sps = hex('67640028acd940780227e584000003000400000300f03c60c658');
    assert.equal(parseH264Sps(sps).maxNumReorderFrames, 2);
    const frame = annexB([sps, ...['68ee3c80', '658884001122334455'].map(hex)]);
    const packets = new RtpVideoPacketizer('h264').packetize({ data: frame, keyFrame: true }, header);
    const [sent] = depacketizeH264(payloads(packets));
    assert.equal(parseH264Sps(sent!).maxNumReorderFrames, 0);
  });

  it('reassemble to every unit, whatever the sizes', () => {
    const filled = fc
      .record({ type: fc.constantFrom(0x68, 0x06, 0x65, 0x41), size: fc.integer({ min: 2, max: 4000 }) })
      .map(({ type, size }) => Buffer.concat([Buffer.of(type), Buffer.alloc(size, 0xab)]));
    const unit = fc.oneof(filled, fc.constant(hex('6764002aac')));
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 12 }), (units) => {
        const packets = new RtpVideoPacketizer('h264').packetize({ data: annexB(units), keyFrame: false }, header);
        for (const packet of packets) assert.ok(packet.length <= RTP_HEADER_BYTES + MAX_RTP_PAYLOAD);
        assert.deepEqual(depacketizeH264(payloads(packets)), units);
      }),
    );
  });
});

describe('HEVC packets', () => {
  it('share one packet for parameter sets', () => {
    const units = ['4001aa', '4201bbbb', '4401cc', '2601dddd'].map(hex);
    const packets = new RtpVideoPacketizer('hevc').packetize({ data: annexB(units), keyFrame: true }, header);
    assert.deepEqual(hexOf(packets), ['6001 0003 4001aa 0004 4201bbbb 0003 4401cc'.replaceAll(' ', ''), '2601dddd']);
  });

  for (const [unitHeader, start, middle, end] of [
    ['2601', '620193', '620113', '620153'],
    ['2801', '620194', '620114', '620154'],
  ] as const)
    it(`split unit ${unitHeader} into fragments`, () => {
      const writer = writerOf();
      new HevcPayload().write(writer, annexB([hex(`${unitHeader}a1a2a3a4a5a6`)]), 5);
      assert.deepEqual(hexOf(writer.finish()), [`${start}a1a2`, `${middle}a3a4`, `${end}a5a6`]);
    });

  it('reassemble to every unit, whatever the sizes', () => {
    const unit = fc
      .record({ type: fc.constantFrom(32, 33, 34, 39, 1, 20), size: fc.integer({ min: 1, max: 4000 }) })
      .map(({ type, size }) => Buffer.concat([Buffer.of(type << 1, 1), Buffer.alloc(size, 0xab)]));
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 12 }), (units) => {
        const packets = new RtpVideoPacketizer('hevc').packetize({ data: annexB(units), keyFrame: false }, header);
        for (const packet of packets) assert.ok(packet.length <= RTP_HEADER_BYTES + MAX_RTP_PAYLOAD);
        const sent = depacketizeHevc(payloads(packets));
        assert.deepEqual(sent.slice(-units.length), units);
      }),
    );
  });
});

describe('AV1 packets', () => {
  const temporalUnit = hex('1200 0a03aabbcc 3205d0d1d2d3d4');

  it('hold the sequence header and the frame', () => {
    const packets = new RtpVideoPacketizer('av1').packetize({ data: temporalUnit, keyFrame: true }, header);
    assert.deepEqual(hexOf(packets), ['280408aabbcc30d0d1d2d3d4']);
    assert.ok(parseRtp(packets[0]!).marker);
  });

  it('reassemble to the example in protocol/3, whole and in fragments', () => {
    const expected = '0a03aabbcc3205d0d1d2d3d4';
    assert.equal(depacketizeAv1([hex('28 04 08aabbcc 30d0d1d2d3d4')]).toString('hex'), expected);
    assert.equal(depacketizeAv1([hex('68 04 08aabbcc 30d0d1'), hex('90 d2d3d4')]).toString('hex'), expected);
  });

  it('repeat the sequence header in a key frame without one', () => {
    const packetizer = new RtpVideoPacketizer('av1');
    packetizer.packetize({ data: temporalUnit, keyFrame: true }, header);
    const bare = packetizer.packetize({ data: hex('3202d0d1'), keyFrame: true }, header);
    assert.deepEqual(hexOf(bare), ['280408aabbcc30d0d1']);
    const inter = packetizer.packetize({ data: hex('3202d0d1'), keyFrame: false }, header);
    assert.deepEqual(hexOf(inter), ['1030d0d1']);
  });

  it('reassemble to every OBU, whatever the sizes', () => {
    const obu = fc
      .record({ extension: fc.boolean(), size: fc.integer({ min: 1, max: 4000 }) })
      .map(({ extension, size }) => {
        const head = extension ? [0x36, 0x28] : [0x32];
        const leb = size < 128 ? [size] : [(size & 0x7f) | 0x80, size >> 7];
        return Buffer.concat([Buffer.from([...head, ...leb]), Buffer.alloc(size, 0xcd)]);
      });
    fc.assert(
      fc.property(fc.array(obu, { minLength: 1, maxLength: 8 }), fc.integer({ min: 40, max: 1180 }), (obus, max) => {
        const writer = writerOf();
        new Av1Payload().write(writer, Buffer.concat(obus), false, max);
        const sent = payloads(writer.finish());
        for (const payload of sent) assert.ok(payload.length <= max);
        assert.deepEqual(depacketizeAv1(sent), Buffer.concat(obus));
      }),
    );
  });
});

describe('a packet', () => {
  it('is adapted to a viewer by type, extension id and sequence number alone', () => {
    const [packet] = new RtpVideoPacketizer('h264').packetize(
      { data: annexB([hex('419a01')]), keyFrame: false },
      header,
    );
    for (const [payloadType, extensionId, sequence] of [
      [102, 6, 0x1234],
      [127, 14, 0xffff],
      [96, 1, 0],
    ] as const) {
      sendPatched([packet!], { payloadType, extensionId }, sequence, () => true);
      const rtp = parseRtp(packet!);
      assert.deepEqual(
        { ...rtp, payload: rtp.payload.toString('hex'), extensions: [...rtp.extensions] },
        {
          marker: true,
          payloadType,
          sequence,
          ...header,
          extensions: [[extensionId, Buffer.alloc(3)]],
          payload: '419a01',
        },
      );
    }
  });

  it('of sound has the marker only after a pause', () => {
    const plain = parseRtp(packetizeOpus(hex('fc0102'), header, false));
    assert.equal(plain.marker, false);
    assert.equal(plain.payload.toString('hex'), 'fc0102');
    assert.equal(parseRtp(packetizeOpus(hex('fc0102'), header, true)).marker, true);
  });
});

describe('pieces', () => {
  it('are even, and no larger than the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 2000 }), (total, max) => {
        const pieces = evenPieces(total, max);
        assert.equal(
          pieces.reduce((sum, piece) => sum + piece, 0),
          total,
        );
        assert.equal(pieces.length, Math.ceil(total / max));
        assert.ok(Math.max(...pieces) <= max && Math.max(...pieces) - Math.min(...pieces) <= 1);
      }),
    );
  });

  it('of garbage are refused with a typed error or sent as they are, never a RangeError', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('h264' as const, 'hevc' as const, 'av1' as const),
        fc.uint8Array({ maxLength: 300 }),
        fc.boolean(),
        (codec, bytes, keyFrame) => {
          try {
            const data = Buffer.concat([Buffer.of(0, 0, 1), bytes]);
            new RtpVideoPacketizer(codec).packetize(
              { data: codec === 'av1' ? Buffer.from(bytes) : data, keyFrame },
              header,
            );
          } catch (error) {
            assert.equal((error as { code: string }).code, 'MALFORMED_BITSTREAM');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('of a real access unit keep their order', () => {
    const units = splitAnnexB(V1);
    const packets = new RtpVideoPacketizer('h264').packetize({ data: V1, keyFrame: true }, header);
    assert.deepEqual(depacketizeH264(payloads(packets)), units);
  });
});
