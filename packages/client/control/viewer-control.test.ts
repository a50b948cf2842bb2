import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlSignal } from '@moonshare/contract/browser';
import { ControlView } from './viewer-control.ts';

const ANNA = { participant_id: 'a', name: 'Anna', kind: 'person' as const };
const BOT = { participant_id: 'agent-1', name: 'Bot', kind: 'agent' as const };
const signal = (rest: Partial<ControlSignal>): ControlSignal => ({
  you: 'a',
  policy: 'exclusive',
  grace_ms: 5_000,
  silence_ms: 0,
  holder: null,
  held_ms: null,
  request: null,
  may_manage: false,
  ...rest,
});

function standing(role: 'full' | 'watch', rest: Partial<ControlSignal>) {
  const view = new ControlView();
  view.onRole(role);
  view.onControl(signal(rest), 0);
  return view.control?.standing;
}

test('a browser knows where its input goes', () => {
  assert.equal(standing('full', { policy: 'union' }), 'everybody');
  assert.equal(standing('full', {}), 'free');
  assert.equal(standing('full', { holder: ANNA }), 'yours');
  assert.equal(standing('full', { holder: BOT }), 'others');
  assert.equal(standing('watch', { policy: 'union' }), 'none');
});

test('durations become times of this browser, and nothing is known without a connection', () => {
  const view = new ControlView();
  view.onRole('full');
  const none: unknown = view.control;
  assert.equal(none, null);
  const request = { participant: ANNA, takes_in_ms: 4_000 };
  view.onControl(signal({ holder: BOT, held_ms: 300, request }), 1_000);
  assert.deepEqual(
    [view.control?.since, view.control?.request?.takesAt, view.control?.request?.isYou],
    [700, 5_000, true],
  );
  view.onParticipants({
    you: 'a',
    may_rename: true,
    participants: [
      { ...ANNA, peer_id: 'p', role: 'full', joined_at: '2026-12-01T00:00:00Z', has_control: false, gamepads: [2] },
    ],
  });
  assert.deepEqual(
    view.participants.map(({ name, isYou, mayRename, gamepads }) => [name, isYou, mayRename, gamepads]),
    [['Anna', true, true, [2]]],
  );
  view.forget();
  assert.deepEqual([view.control, view.participants], [null, []]);
});
