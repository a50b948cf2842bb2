import { BitstreamError } from './errors.ts';

/**
 * The Opus packet of each stream in a multistream packet, in the form that an ordinary decoder takes. All but the last are
 * stored in the self-delimiting form, RFC 6716 appendix B. `streams`: how many there are, at least 1. Throws BitstreamError.
 */
export function splitOpusStreams(packet: Buffer, streams: number): Buffer[] {
  const parts: Buffer[] = [];
  let rest = packet;
  while (parts.length < streams - 1) {
    const { header, lengthBytes, bodyBytes } = readSelfDelimited(rest);
    const body = header + lengthBytes;
    if (body + bodyBytes > rest.length) throw new BitstreamError('An Opus stream ends before its length');
    parts.push(Buffer.concat([rest.subarray(0, header), rest.subarray(body, body + bodyBytes)]));
    rest = rest.subarray(body + bodyBytes);
  }
  if (rest.length === 0) throw new BitstreamError('An Opus packet without its last stream');
  return [...parts, rest];
}

/** `header`: bytes that the ordinary form has too; then the length that it lacks; then frames and padding. */
function readSelfDelimited(packet: Buffer): { header: number; lengthBytes: number; bodyBytes: number } {
  const code = byteAt(packet, 0) & 3;
  if (code === 0 || code === 1) {
    const { value, bytes } = lengthAt(packet, 1);
    return { header: 1, lengthBytes: bytes, bodyBytes: (code + 1) * value };
  }
  if (code === 2) {
    const first = lengthAt(packet, 1);
    const second = lengthAt(packet, 1 + first.bytes);
    return { header: 1 + first.bytes, lengthBytes: second.bytes, bodyBytes: first.value + second.value };
  }
  return readManyFrames(packet);
}

function readManyFrames(packet: Buffer): { header: number; lengthBytes: number; bodyBytes: number } {
  const flags = byteAt(packet, 1);
  const frames = flags & 0x3f;
  if (frames === 0) throw new BitstreamError('An Opus packet of no frames');
  let at = 2;
  let bodyBytes = 0;
  if ((flags & 0x40) !== 0) {
    // 255 stands for 254 bytes of padding and one more length byte.
    for (let more = true; more; at += 1) {
      const padding = byteAt(packet, at);
      more = padding === 255;
      bodyBytes += more ? 254 : padding;
    }
  }
  const isVariable = (flags & 0x80) !== 0;
  for (let frame = 0; isVariable && frame < frames - 1; frame += 1) {
    const { value, bytes } = lengthAt(packet, at);
    at += bytes;
    bodyBytes += value;
  }
  const { value, bytes } = lengthAt(packet, at);
  return { header: at, lengthBytes: bytes, bodyBytes: bodyBytes + (isVariable ? value : frames * value) };
}

function lengthAt(packet: Buffer, at: number): { value: number; bytes: 1 | 2 } {
  const first = byteAt(packet, at);
  return first < 252 ? { value: first, bytes: 1 } : { value: 4 * byteAt(packet, at + 1) + first, bytes: 2 };
}

function byteAt(packet: Buffer, at: number): number {
  const byte = packet[at];
  if (byte === undefined) throw new BitstreamError('An Opus stream ends before its length');
  return byte;
}
