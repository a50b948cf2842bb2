import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { replay } from './replay.ts';
import { parseSession } from './session.ts';

const CAPTURES = resolve(process.env.MOONSHARE_CAPTURES ?? join(import.meta.dirname, '../../../../shared/captures'));

const recordings = existsSync(CAPTURES)
  ? readdirSync(CAPTURES).filter((name) => existsSync(join(CAPTURES, name, 'session.pcap')))
  : [];

test('the recordings are there', () => {
  assert.ok(recordings.length > 0, `no recordings in ${CAPTURES}: set MOONSHARE_CAPTURES to the captures folder`);
});

for (const name of recordings) {
  test(`${name}: the recording gives the truth, line by line`, () => {
    const folder = join(CAPTURES, name);
    const session = parseSession(readFileSync(join(folder, 'session.json'), 'utf8'));
    const lines = replay(readFileSync(join(folder, 'session.pcap')), session);
    for (const kind of ['video', 'audio', 'control'] as const) {
      const truth = readTruth(join(folder, `${kind}.jsonl`));
      assert.equal(lines[kind].length, truth.length, `${kind} lines`);
      lines[kind].forEach((line, i) => {
        assert.deepEqual(line, { kind, ...truth[i] }, `${kind} line ${i + 1}`);
      });
    }
  });
}

/** The truth's lines without the time, which a replay does not print. */
function readTruth(file: string): object[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const { t: _, ...rest } = JSON.parse(line);
    return rest;
  });
}
