// `node scripts/shorten-recording.ts DIR SECONDS`: makes fixtures/recordings/NAME from the full recording in DIR. It cuts after
// a packet with which everything received so far is complete, so that the shortened expectation is a prefix of the full one.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type Replay, replay } from './replay/replay.ts';
import { parseSession } from './replay/session.ts';

const KINDS = ['video', 'audio', 'control'] as const;
const FILE_HEADER = 24;
const PACKET_HEADER = 16;

const [folder, seconds] = process.argv.slice(2);
if (folder === undefined || !(Number(seconds) > 0)) {
  process.stderr.write('usage: node scripts/shorten-recording.ts DIR SECONDS\n');
  process.exit(2);
}
const from = resolve(folder);
const to = join(import.meta.dirname, '../fixtures/recordings', basename(from));
const session = parseSession(readFileSync(join(from, 'session.json'), 'utf8'));
const pcap = readFileSync(join(from, 'session.pcap'));
const truth = Object.fromEntries(
  KINDS.map((kind) => [
    kind,
    readFileSync(join(from, `${kind}.jsonl`), 'utf8')
      .split('\n')
      .filter(Boolean),
  ]),
) as Record<(typeof KINDS)[number], string[]>;

const ends = packetEnds(pcap);
const short = shorten();
mkdirSync(to, { recursive: true });
for (const file of ['session.json', 'rtsp.txt']) copyFileSync(join(from, file), join(to, file));
writeFileSync(join(to, 'session.pcap.gz'), gzipSync(pcap.subarray(0, short.end), { level: 9 }));
for (const kind of KINDS) {
  const lines = truth[kind].slice(0, short.lines[kind].length);
  writeFileSync(join(to, `${kind}.jsonl.gz`), gzipSync(lines.map((line) => `${line}\n`).join(''), { level: 9 }));
}
const counts = KINDS.map((kind) => `${short.lines[kind].length} of ${truth[kind].length} ${kind}`);
process.stdout.write(`${basename(from)}: ${counts.join(', ')}\n`);

function shorten(): { end: number; lines: Replay } {
  const limit = pcap.readUInt32LE(FILE_HEADER) + pcap.readUInt32LE(FILE_HEADER + 4) / 1e6 + Number(seconds);
  const first = ends.findIndex(({ at }) => at > limit);
  for (const { end } of ends.slice(first < 0 ? -1 : first)) {
    const lines = replay(pcap.subarray(0, end), session);
    if (KINDS.every((kind) => isBeginning(lines[kind], truth[kind]))) return { end, lines };
  }
  throw new Error(`${from}: no packet ends a piece that the expectation starts with`);
}

function isBeginning(lines: readonly object[], of: readonly string[]): boolean {
  return lines.every((line, at) => {
    const { t: _, ...rest } = JSON.parse(of[at] ?? '{}');
    const { kind: _kind, ...actual } = line as { kind: string };
    return isDeepStrictEqual(actual, rest);
  });
}

/** Where each packet ends in the file, and its time in seconds since 1970. */
function packetEnds(file: Buffer): { at: number; end: number }[] {
  const found: { at: number; end: number }[] = [];
  for (let start = FILE_HEADER; start + PACKET_HEADER <= file.length; ) {
    const end = start + PACKET_HEADER + file.readUInt32LE(start + 8);
    if (end > file.length) break;
    found.push({ at: file.readUInt32LE(start) + file.readUInt32LE(start + 4) / 1e6, end });
    start = end;
  }
  return found;
}
