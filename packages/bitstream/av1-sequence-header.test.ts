import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAv1SequenceHeader } from './av1-sequence-header.ts';
import { BitWriter } from './bits.ts';
import { BitstreamError } from './errors.ts';
import { OBU, type Obu, splitObus } from './obu.ts';
import { SVT_1080_SEQUENCE, SVT_KEY_UNIT } from './testing/bytes.ts';

const refused = { code: 'MALFORMED_BITSTREAM' };
const unspecified = { primaries: 2, transfer: 2, matrix: 2, fullRange: false };

test('sequence headers of SVT-AV1 are parsed', () => {
  const header = (unit: Buffer) => parseAv1SequenceHeader(splitObus(unit).find((obu) => obu.type === 1)!);
  const colour = { primaries: 1, transfer: 1, matrix: 1, fullRange: false };
  const main = { profile: 0, tier: 0, bitDepth: 8, colour };
  assert.deepEqual(header(SVT_KEY_UNIT), { ...main, level: 8, width: 1280, height: 720 });
  assert.deepEqual(header(SVT_1080_SEQUENCE), { ...main, level: 9, width: 1920, height: 1080 });
});

/** Fields as `value:bits`, in the order of the AV1 specification, §5.5. */
function sequenceHeader(...fields: string[]): Obu {
  const writer = new BitWriter();
  for (const field of fields.join(' ').split(/\s+/)) {
    const [value, bits] = field.split(':').map(Number);
    writer.bits(value!, bits!);
  }
  return { type: OBU.sequenceHeader, extension: null, payload: writer.finish() };
}

const SIZE = '10:4 10:4 1919:11 1079:11';
/** One operating point of level 4.0. */
const MAIN = '0:3 0:1 0:1 0:1 0:1 0:5 0:12 8:5 0:1';
const TOOLS = '0:1 7:3 0:4 1:1 3:2 1:1 1:1 6:3 3:3';

test('a sequence header with timing, decoder model, display delay and two operating points is parsed', () => {
  const obu = sequenceHeader(
    '1:3 0:1 0:1',
    '1:1 1:32 60:32 1:1 1:1', // timing, one tick per picture
    '1:1 9:5 1:32 4:5 4:5', // decoder model with delays of 10 bits
    '1:1 1:5', // display delay, two points
    '0:12 13:5 1:1 1:1 77:10 88:10 0:1 1:1 3:4',
    '1:12 5:5 0:1 0:1',
    SIZE,
    TOOLS,
    '0:1 0:1 0:1',
  );
  const facts = { profile: 1, level: 13, tier: 1, bitDepth: 8, width: 1920, height: 1080, colour: unspecified };
  assert.deepEqual(parseAv1SequenceHeader(obu), facts);
  const still = sequenceHeader('0:3 1:1 1:1 4:5', SIZE, '7:3 3:3 0:1 0:1 0:1 1:1');
  const colour = { ...unspecified, fullRange: true };
  assert.deepEqual(parseAv1SequenceHeader(still), { ...facts, profile: 0, level: 4, tier: 0, colour });
});

test('depth and colour are found behind whatever tools a stream uses', () => {
  const hdr = { primaries: 9, transfer: 16, matrix: 9, fullRange: false };
  const depthAndColour = (...fields: string[]) => {
    const { bitDepth, colour } = parseAv1SequenceHeader(sequenceHeader(...fields));
    return [bitDepth, colour];
  };
  for (const tools of [
    TOOLS,
    '1:1 0:4 0:3 7:3 0:4 1:1 3:2 1:1 1:1 6:3 3:3', // frame ids
    '0:1 7:3 0:4 0:1 1:1 1:1 3:3', // no order hint
    '0:1 7:3 0:4 0:1 0:1 0:1 3:3', // never screen content
    '0:1 7:3 0:4 0:1 0:1 1:1 0:1 1:1 3:3', // always screen content, whole motion vectors
  ])
    assert.deepEqual(depthAndColour(MAIN, SIZE, tools, '1:1 0:1 1:1 9:8 16:8 9:8 0:1'), [10, hdr], tools);
  const rgb = { primaries: 1, transfer: 13, matrix: 0, fullRange: true };
  assert.deepEqual(depthAndColour(MAIN, SIZE, TOOLS, '0:1 0:1 1:1 1:8 13:8 0:8'), [8, rgb]);
  const professional = MAIN.replace('0:3', '2:3');
  assert.deepEqual(depthAndColour(professional, SIZE, TOOLS, '1:1 1:1 1:1 0:1 0:1'), [12, unspecified]);
  assert.deepEqual(depthAndColour(professional, SIZE, TOOLS, '1:1 0:1 1:1 0:1 0:1'), [10, unspecified]);
});

test('anything but a complete sequence header is refused', () => {
  const [delimiter, header] = splitObus(SVT_KEY_UNIT);
  assert.throws(() => parseAv1SequenceHeader(delimiter!), refused);
  for (let length = 0; length < 9; length += 1)
    assert.throws(() => parseAv1SequenceHeader({ ...header!, payload: header!.payload.subarray(0, length) }), refused);
});

test('random sequence headers are parsed or throw BitstreamError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const obu = { type: OBU.sequenceHeader, extension: null, payload: Buffer.from(bytes) };
        assert.ok([8, 10, 12].includes(parseAv1SequenceHeader(obu).bitDepth));
      } catch (error) {
        assert.ok(error instanceof BitstreamError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
