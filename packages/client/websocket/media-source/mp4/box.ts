/** A box of an MP4 file (ISO/IEC 14496-12 §4.2): its size, its four letters, its contents. */
export function box(type: string, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return join([u32(8 + lengthOf(contents)), ascii(type), ...contents]);
}

/** A box with a version and flags. */
export function fullBox(type: string, version: number, flags: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return box(type, u32(version * 2 ** 24 + flags), ...contents);
}

export function u8(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export function u16(...values: readonly number[]): Uint8Array {
  return written(2 * values.length, (view) => {
    for (const [index, value] of values.entries()) view.setUint16(2 * index, value);
  });
}

export function u32(...values: readonly number[]): Uint8Array {
  return written(4 * values.length, (view) => {
    for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  });
}

export function u64(value: number): Uint8Array {
  return written(8, (view) => view.setBigUint64(0, BigInt(value)));
}

export function zeros(bytes: number): Uint8Array {
  return new Uint8Array(bytes);
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function written(bytes: number, write: (view: DataView) => void): Uint8Array {
  const data = new Uint8Array(bytes);
  write(new DataView(data.buffer));
  return data;
}
