import { type Recording, readRecordingFile } from '../../../fixtures/recordings.ts';
import { parseSession, type RecordedSession } from '../session.ts';

export function readRecording(recording: Recording): { pcap: Buffer; session: RecordedSession } {
  return {
    pcap: readRecordingFile(recording.folder, 'session.pcap'),
    session: parseSession(readRecordingFile(recording.folder, 'session.json').toString()),
  };
}

/** The reference lines of one kind as the replay prints them: with the kind, without the time. */
export function readReference(recording: Recording, kind: 'video' | 'audio' | 'control'): Record<string, unknown>[] {
  const lines = readRecordingFile(recording.folder, `${kind}.jsonl`).toString().split('\n').filter(Boolean);
  return lines.map((line) => {
    const { t: _, ...rest } = JSON.parse(line);
    return { kind, ...rest };
  });
}

/** A pcap file of these packets. */
export function buildPcap(
  packets: readonly Buffer[],
  options: { linkType?: number; big?: boolean; nano?: boolean } = {},
): Buffer {
  const u32 = (b: Buffer, value: number, at: number) =>
    options.big ? b.writeUInt32BE(value, at) : b.writeUInt32LE(value, at);
  const header = Buffer.alloc(24);
  u32(header, options.nano ? 0xa1b23c4d : 0xa1b2c3d4, 0);
  u32(header, options.linkType ?? 1, 20);
  const records = packets.flatMap((packet) => {
    const head = Buffer.alloc(16);
    u32(head, packet.length, 8);
    u32(head, packet.length, 12);
    return [head, packet];
  });
  return Buffer.concat([header, ...records]);
}
