// As much of DER (X.690) as a certificate of ours takes. A library for it costs each process a tenth of a second to load.

/** Tags that are used here; times are those of RFC 5280 §4.1.2.5. */
export const Tag = {
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
  /** [0] around another element: the version of a certificate. */
  EXPLICIT_0: 0xa0,
} as const;

type TagNumber = (typeof Tag)[keyof typeof Tag];

/** One element: its tag, the length, and its contents after each other. */
export function der(tag: TagNumber, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = length <= 0xff ? [length] : [length >> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError(`${length} bytes are too many for an element of a certificate`);
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length, ...digits]), content]);
}

/** A time, with the century only where it must be: from 2050 on. */
export function derTime(time: Date): Buffer {
  const digits = time.toISOString().replace(/[-:T]|\.\d+/g, '');
  return time.getUTCFullYear() < 2050
    ? der(Tag.UTC_TIME, Buffer.from(digits.slice(2)))
    : der(Tag.GENERALIZED_TIME, Buffer.from(digits));
}

/** The contents of the elements that stand one after another in `bytes`. Throws a RangeError when there is anything else. */
export function derElements(bytes: Buffer): { tag: number; content: Buffer }[] {
  const elements: { tag: number; content: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at);
    let length = bytes.readUInt8(at + 1);
    at += 2;
    if (length >= 0x80) {
      const digits = length & 0x7f;
      // readUIntBE throws a RangeError for none and for more than four.
      length = bytes.readUIntBE(at, digits);
      at += digits;
    }
    if (length > bytes.length - at) throw new RangeError('An element goes on behind the end');
    elements.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return elements;
}
