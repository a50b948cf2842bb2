import assert from 'node:assert/strict';
import test from 'node:test';
import { ERRORS } from '@moonshare/contract';
import { type ProblemCode, problem } from '../problem.ts';
import { notice, shareText } from './messages.ts';

const NONE = { kind: 'none', cause: null } as const;
const MOVING = { kind: 'moving' } as const;

test('every error code has a notice with a title, a text, the code and whether to retry', () => {
  const codes = [
    ...Object.keys(ERRORS),
    'SERVER_UNREACHABLE',
    'SERVER_BAD_REPLY',
    'MEDIA_LOST',
    'CONNECTION_STALLED',
    'WEBRTC_MISSING',
    'WEBSOCKET_UNSUPPORTED',
  ];
  for (const code of codes as ProblemCode[]) {
    const ended = notice({ kind: 'ended', problem: problem(code) }, NONE)!;
    assert.ok(ended.title.length > 5 && ended.text.length > 10 && ended.retry !== ended.pin && !ended.busy, code);
    assert.equal(ended.pin, code.startsWith('PIN_'), code);
    assert.equal(ended.code, code);
    const trying = notice({ kind: 'reconnecting', attempt: 2, problem: problem(code) }, MOVING)!;
    assert.ok(trying.busy && !trying.retry && trying.text.endsWith('Retrying automatically.'), code);
  }
});

test('notices never mention API calls to people who open a link', () => {
  for (const code of [
    'UNAUTHORIZED',
    'STREAMER_NOT_FOUND',
    'CODEC_UNSUPPORTED',
    'VIEWER_UNREACHABLE',
    'PIN_WRONG',
    'LINK_USED_UP',
    'BROWSER_NOT_VOUCHED',
  ] as const) {
    const { text } = notice({ kind: 'ended', problem: problem(code) }, NONE)!;
    assert.doesNotMatch(text, /\/api|Bearer|MOONSHARE_|video_supported/);
  }
});

test('a moving picture has no notice; without a picture the notice says what it is waiting for', () => {
  assert.equal(notice({ kind: 'playing' }, MOVING), null);
  assert.equal(notice({ kind: 'playing' }, NONE)?.title, 'Waiting for the picture');
  const connecting = { kind: 'connecting', step: 'negotiating', hostAway: true, attempt: 0, problem: null } as const;
  assert.match(notice({ ...connecting, stage: 'RTSP handshake' }, NONE)!.text, /RTSP handshake/);
});

test('a frozen picture shows a small notice at once, and the cause as soon as it is known', () => {
  const first = notice({ kind: 'playing' }, { kind: 'frozen', cause: null })!;
  assert.deepEqual([first.title, first.text, first.small], ['The picture is frozen', '', true]);
  const texts = (['network', 'host', 'incomplete', 'undecodable'] as const).flatMap((cause) =>
    (['none', 'frozen'] as const).map((kind) => {
      const { text, small } = notice({ kind: 'playing' }, { kind, cause })!;
      assert.ok(text.length > 20 && !small);
      return text;
    }),
  );
  assert.equal(new Set(texts).size, 4);
  // What the server says about the host takes precedence.
  const lost = { kind: 'interrupted', stage: null, problem: problem('CONTROL_LOST') } as const;
  for (const rung of ['catchingUp', 'reduced'] as const)
    assert.equal(
      notice({ kind: 'playing' }, { kind: 'frozen', cause: 'host' }, rung),
      null,
      'expected of a slow network',
    );
  assert.equal(notice(lost, { kind: 'frozen', cause: 'host' })?.title, 'Lost contact with the host');
});

test('a stalled connection shows a small notice first, and the full one when it does not recover', () => {
  const stalled = { kind: 'reconnecting', problem: problem('CONNECTION_STALLED') } as const;
  const first = notice({ ...stalled, attempt: 1 }, MOVING)!;
  assert.deepEqual([first.small, first.busy, first.text], [true, true, '']);
  const connecting = { kind: 'connecting', step: 'joining', hostAway: false, stage: null, attempt: 1 } as const;
  assert.deepEqual(notice({ ...connecting, problem: stalled.problem }, NONE), first);
  assert.equal(notice({ ...stalled, attempt: 2 }, MOVING)!.small, false);
});

test('a viewer with a slow network is told how slow it is, and what that means', () => {
  const poor = { rung: 'reduced', cause: 'network', networkKbps: 1_200, streamKbps: 9_600 } as const;
  assert.equal(shareText(poor), 'Your network carries 1.2 of 9.6 Mbit/s, so you see fewer pictures');
  assert.equal(
    shareText({ ...poor, rung: 'catchingUp' }),
    'Your network carries 1.2 of 9.6 Mbit/s, so the picture is catching up',
  );
  assert.equal(
    shareText({ ...poor, networkKbps: null }),
    'Your network carries less than the stream needs, so you see fewer pictures',
  );
  assert.equal(shareText({ rung: 'full', cause: null, networkKbps: null, streamKbps: 9_600 }), null);
});
