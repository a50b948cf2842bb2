import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseSession, type RecordedSession } from './session.ts';

/** Where the recordings of real hosts are. For tests. */
export const CAPTURES = resolve(
  process.env.MOONSHARE_CAPTURES ?? join(import.meta.dirname, '../../../../shared/captures'),
);

/** Folders that hold a recording; a test fails when there are none. */
export const RECORDINGS = existsSync(CAPTURES)
  ? readdirSync(CAPTURES).filter((name) => existsSync(join(CAPTURES, name, 'session.pcap')))
  : [];

export const NO_CAPTURES = `no recordings in ${CAPTURES}: set MOONSHARE_CAPTURES to the captures folder`;

export function readRecording(name: string): { pcap: Buffer; session: RecordedSession } {
  const folder = join(CAPTURES, name);
  return {
    pcap: readFileSync(join(folder, 'session.pcap')),
    session: parseSession(readFileSync(join(folder, 'session.json'), 'utf8')),
  };
}

/** The truth's lines of one kind as the replay prints them: with the kind, without the time. */
export function readTruth(name: string, kind: 'video' | 'audio' | 'control'): Record<string, unknown>[] {
  const lines = readFileSync(join(CAPTURES, name, `${kind}.jsonl`), 'utf8')
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => {
    const { t: _, ...rest } = JSON.parse(line);
    return { kind, ...rest };
  });
}

/** A pcap file of these packets. */
export function buildPcap(
  packets: readonly Buffer[],
  o: { linkType?: number; big?: boolean; nano?: boolean } = {},
): Buffer {
  const u32 = (b: Buffer, value: number, at: number) =>
    o.big ? b.writeUInt32BE(value, at) : b.writeUInt32LE(value, at);
  const header = Buffer.alloc(24);
  u32(header, o.nano ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  u32(header, o.linkType ?? 1, 20);
  const records = packets.flatMap((packet) => {
    const head = Buffer.alloc(16);
    u32(head, packet.length, 8);
    u32(head, packet.length, 12);
    return [head, packet];
  });
  return Buffer.concat([header, ...records]);
}
