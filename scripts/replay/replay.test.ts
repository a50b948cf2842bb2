import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  FULL_RECORDINGS,
  FULL_RECORDINGS_FOLDER,
  RECORDINGS,
  readRecordingFile,
  recording,
} from '../../fixtures/recordings.ts';
import { replay } from './replay.ts';
import { readRecording, readReference } from './testing/captures.ts';

const KINDS = ['video', 'audio', 'control'] as const;
const KEYS = [
  'kind,frame,idr,length,sha256',
  'kind,frame,lost',
  'kind,seq,length,sha256',
  'kind,from,channel,mode,seq,type,plain',
];

test('there is a recording of each kind of session', (t) => {
  assert.equal(RECORDINGS.length, 15);
  const full = FULL_RECORDINGS.map(({ name }) => name).join(', ');
  t.diagnostic(`full recordings in ${FULL_RECORDINGS_FOLDER}, replayed too: ${full || 'none'}`);
});

for (const each of [...RECORDINGS, ...FULL_RECORDINGS]) {
  const length = RECORDINGS.includes(each) ? 'shortened' : 'full';
  test(`${each.name}, ${length}: the replay gives the reference output, line by line`, () => {
    const { pcap, session } = readRecording(each);
    const lines = replay(pcap, session);
    for (const kind of KINDS) {
      const reference = readReference(each, kind);
      assert.equal(lines[kind].length, reference.length, `${kind} lines`);
      lines[kind].forEach((line, i) => {
        assert.deepEqual(line, reference[i], `${kind} line ${i + 1}`);
        assert.ok(KEYS.includes(Object.keys(line).join()), 'order of the keys');
      });
    }
  });
}

for (const each of RECORDINGS) {
  test(`${each.name}: the media ports are found even if other ports are stated, as after a resume`, () => {
    const { pcap, session } = readRecording(each);
    const others = { ...session, ports: { ...session.ports, video: 40001, audio: 40002 } };
    assert.deepEqual(replay(pcap, others), replay(pcap, session));
  });
}

test('the command prints the same from a folder without reference output', () => {
  const { folder: source } = recording('wolf-h264-host-terminated');
  const folder = mkdtempSync(join(tmpdir(), 'moonshare-replay-'));
  try {
    for (const file of ['session.pcap', 'session.json'])
      writeFileSync(join(folder, file), readRecordingFile(source, file));
    const { stdout, stderr, status } = run(folder);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    const reference = KINDS.flatMap((kind) => readReference(recording('wolf-h264-host-terminated'), kind));
    assert.equal(stdout, reference.map((line) => `${JSON.stringify(line)}\n`).join(''));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the command reports wrong arguments and missing files', () => {
  assert.deepEqual([run().status, /usage/.test(run().stderr)], [2, true]);
  const missing = run('/nowhere');
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^replay: ENOENT/);
});

function run(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const main = join(import.meta.dirname, '../replay.ts');
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}
