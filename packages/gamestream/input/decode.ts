import { InputKind, MAX_CONTROLLERS } from './kind.ts';
import { bytesOf, LAYOUTS, type Layout, type PlainKind } from './layouts.ts';
import type { InputPacket } from './packet.ts';

const KINDS = new Map<number, InputPacket['kind']>(
  Object.entries(InputKind).map(([kind, number]) => [number, kind as InputPacket['kind']]),
);

/** One input packet; null if it is unknown or malformed, has a non-finite field, or its controller number is above 15. Further bytes are ignored. */
export function decodeInput(payload: Buffer): InputPacket | null {
  if (payload.length < 8) return null;
  const size = payload.readUInt32BE(0);
  if (size < 4 || size > payload.length - 4) return null;
  const kind = KINDS.get(payload.readUInt32LE(4));
  const body = payload.subarray(8, 4 + size);
  if (kind === undefined) return null;
  return kind === 'text' ? readText(body) : readFields(kind, body);
}

function readFields(kind: PlainKind, body: Buffer): InputPacket | null {
  const { fields }: Layout = LAYOUTS[kind];
  if (body.length < bytesOf(fields)) return null;
  const values: Record<string, unknown> = { kind };
  let at = 0;
  for (const field of fields) {
    if (!field.read(body, at, values)) return null;
    at += field.bytes;
  }
  const packet = values as unknown as InputPacket;
  return 'number' in packet && packet.number >= MAX_CONTROLLERS ? null : packet;
}

function readText(body: Buffer): InputPacket | null {
  if (body.length === 0) return null;
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return null;
  }
}
