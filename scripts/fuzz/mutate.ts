import type { Random } from './random.ts';

const MAX_EDITS = 6;
const MAX_BYTES = 8_192;
/** Where parsers go wrong: ends of ranges, signs, special characters of the text formats. */
const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x26, 0x3c, 0x3d, 0x7b, 0x5b];
const NASTY_TEXT = [
  '\r\n',
  '9'.repeat(20),
  '-1',
  '1e999',
  'NaN',
  '&#x0;',
  '<![CDATA[',
  '__proto__',
  '\u0000',
  '%00',
  '{"a":',
];

/** A sample with some edits, two samples spliced, or plain noise. */
export function mutate(random: Random, samples: readonly Buffer[]): Buffer {
  if (samples.length === 0 || random.below(16) === 0) return random.bytes(random.below(300));
  let bytes: Buffer = Buffer.from(random.pick(samples));
  if (random.below(8) === 0) bytes = splice(random, bytes, random.pick(samples));
  for (let edits = 1 + random.below(MAX_EDITS); edits > 0; edits--) bytes = edit(random, bytes);
  return bytes.subarray(0, MAX_BYTES);
}

function edit(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  switch (random.below(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return write(bytes, at, Buffer.from([random.pick(NASTY)]));
    case 2:
      return write(bytes, at, random.bytes(1 + random.below(8)));
    case 3:
      return insert(bytes, at, random.bytes(1 + random.below(16)));
    case 4:
      return insert(bytes, at, Buffer.from(random.pick(NASTY_TEXT)));
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))]);
    default:
      return insert(bytes, at, bytes.subarray(at, at + 1 + random.below(64)));
  }
}

function splice(random: Random, head: Buffer, tail: Buffer): Buffer {
  return Buffer.concat([head.subarray(0, random.below(head.length + 1)), tail.subarray(random.below(tail.length + 1))]);
}

function write(bytes: Buffer, at: number, part: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  part.copy(copy, at);
  return copy;
}

function insert(bytes: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}
