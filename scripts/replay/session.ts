import { GameStreamError } from '../../packages/gamestream/errors.ts';
import type { VideoCodec } from '../../packages/gamestream/types.ts';

/** The fields of a recording's session.json that are needed to read its packets. */
export interface RecordedSession {
  version: { parts: [number, number, number, number]; sunshine: boolean };
  codec: VideoCodec;
  key: Buffer;
  keyId: number;
  ports: { video: number; audio: number; control: number };
  /** `v1` in the file is the older style with the 16-byte IV. */
  controlStyle: 'v2' | 'old';
  videoEncrypted: boolean;
  audioEncrypted: boolean;
  audioPacketMs: 5 | 10;
}

const SAMPLES_PER_MS = 48;

/** Errors: MALFORMED, naming the field that is missing or wrong. */
export function parseSession(json: string): RecordedSession {
  let root: unknown;
  try {
    root = JSON.parse(json);
  } catch (cause) {
    throw new GameStreamError('MALFORMED', 'session.json is not JSON', { cause });
  }
  const ports = object(root, 'ports');
  const encryption = object(root, 'encryption');
  return {
    version: parseVersion(text(root, 'appversion')),
    codec: oneOf(text(root, 'codec'), ['h264', 'hevc', 'av1'], 'codec'),
    key: parseKey(text(root, 'rikey')),
    keyId: integer(root, 'rikeyid') | 0,
    ports: { video: integer(ports, 'video'), audio: integer(ports, 'audio'), control: integer(ports, 'control') },
    controlStyle: oneOf(text(encryption, 'control'), ['v1', 'v2'], 'encryption.control') === 'v2' ? 'v2' : 'old',
    videoEncrypted: field(encryption, 'video') === true,
    audioEncrypted: field(encryption, 'audio') === true,
    audioPacketMs: integer(object(root, 'opus'), 'samples_per_frame') === 10 * SAMPLES_PER_MS ? 10 : 5,
  };
}

function parseVersion(version: string): RecordedSession['version'] {
  const parts = version.split('.').map(Number);
  if (parts.length !== 4 || !parts.every(Number.isInteger)) throw wrong('appversion');
  const [a, b, c, d] = parts as [number, number, number, number];
  return { parts: [a, b, c, d], sunshine: d < 0 };
}

function parseKey(hex: string): Buffer {
  if (!/^[0-9a-f]{32}$/i.test(hex)) throw wrong('rikey');
  return Buffer.from(hex, 'hex');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function object(value: unknown, name: string): unknown {
  const found = field(value, name);
  if (typeof found !== 'object' || found === null) throw wrong(name);
  return found;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  if (typeof found !== 'string') throw wrong(name);
  return found;
}

function integer(value: unknown, name: string): number {
  const found = field(value, name);
  if (typeof found !== 'number' || !Number.isInteger(found)) throw wrong(name);
  return found;
}

function oneOf<T extends string>(value: string, known: readonly T[], name: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw wrong(name);
  return found;
}

function wrong(name: string): GameStreamError {
  return new GameStreamError('MALFORMED', `session.json: ${name} is missing or wrong`);
}
