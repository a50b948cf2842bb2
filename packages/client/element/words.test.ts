import assert from 'node:assert/strict';
import test from 'node:test';
import { ERRORS } from '@moonshare/contract';
import { type ProblemCode, problem } from '../connection/problem.ts';
import { notice } from './words.ts';

test('every code has words, its code for the operator, and says whether to try again', () => {
  const codes = [...Object.keys(ERRORS), 'SERVER_UNREACHABLE', 'SERVER_BAD_REPLY', 'MEDIA_LOST', 'WEBRTC_MISSING'];
  for (const code of codes as ProblemCode[]) {
    const ended = notice({ kind: 'ended', problem: problem(code) }, false)!;
    assert.ok(ended.title.length > 5 && ended.text.length > 10 && ended.retry !== ended.pin && !ended.busy, code);
    assert.equal(ended.pin, code.startsWith('PIN_'), code);
    assert.equal(ended.code, code);
    const trying = notice({ kind: 'reconnecting', attempt: 1, problem: problem(code) }, true)!;
    assert.ok(trying.busy && !trying.retry && trying.text.endsWith('keeps trying.'), code);
  }
});

test('people who open a link are not told of API calls', () => {
  for (const code of [
    'UNAUTHORIZED',
    'STREAMER_NOT_FOUND',
    'CODEC_UNSUPPORTED',
    'VIEWER_UNREACHABLE',
    'PIN_WRONG',
    'LINK_USED_UP',
  ] as const) {
    const { text } = notice({ kind: 'ended', problem: problem(code) }, false)!;
    assert.doesNotMatch(text, /\/api|Bearer|MOONSHARE_|video_supported/);
  }
});

test('nothing is said over a running picture, and the stage while there is none', () => {
  assert.equal(notice({ kind: 'playing' }, true), null);
  assert.equal(notice({ kind: 'playing' }, false)?.title, 'Waiting for the picture');
  const connecting = { kind: 'connecting', step: 'negotiating', hostAway: true, attempt: 0, problem: null } as const;
  assert.match(notice({ ...connecting, stage: 'RTSP handshake' }, false)!.text, /RTSP handshake/);
});
