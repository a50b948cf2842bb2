import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS } from '@moonshare/contract';
import { problemFromBody } from '../problem.ts';
import { controlButton, controlText, ways } from './control-messages.ts';
import { type ControlNews, controlNote } from './control-note.ts';
import type { ViewerControl } from './viewer-control.ts';

const ANNA = { id: 'a', name: 'Anna', kind: 'person' as const };
const BOT = { id: 'agent-1', name: 'Bot', kind: 'agent' as const };
const NONE: ControlNews = { kind: 'none' };
const control = (rest: Partial<ViewerControl>): ViewerControl => ({
  policy: 'exclusive',
  standing: 'free',
  holder: null,
  since: null,
  request: null,
  graceMs: 5_000,
  silenceMs: 0,
  mayManage: false,
  ...rest,
});
const texts = (rest: Partial<ViewerControl>, news: ControlNews = NONE) => {
  const note = controlNote(control(rest), news, 0);
  return note && [note.text, ...note.buttons.map(({ label }) => label)];
};

test('while everybody has the controls, there is nothing to say', () => {
  assert.equal(texts({ policy: 'union', standing: 'everybody' }, { kind: 'dropped' }), null);
  assert.equal(controlText(control({ policy: 'union', standing: 'everybody' })), '');
});

test('who types into nothing is told why, and how to change that', () => {
  const dropped = { kind: 'dropped' } as const;
  assert.deepEqual(texts({}, dropped), [
    'Nobody has the controls. Your keyboard, mouse and touch go nowhere.',
    'Take the controls',
  ]);
  assert.deepEqual(texts({ standing: 'others', holder: ANNA }, dropped)?.slice(1), ['Ask', 'Take the controls']);
  assert.deepEqual(texts({ standing: 'others', holder: BOT }, dropped), [
    'Bot (an agent) has the controls. Your keyboard, mouse and touch go nowhere.',
    'Take the controls',
  ]);
  assert.equal(texts({ standing: 'yours', holder: ANNA }, dropped), null);
});

test('whoever is asked can give or refuse, and sees how long there is for that', () => {
  const request = { participant: BOT, isYou: false, takesAt: null };
  assert.deepEqual(texts({ standing: 'yours', holder: ANNA, request }), [
    'Bot asks for the controls.',
    'Give',
    'Refuse',
  ]);
  assert.deepEqual(texts({ standing: 'yours', holder: ANNA, request: { ...request, takesAt: 4_200 } }), [
    'Bot takes the controls in 5 s.',
    'Give now',
    'Refuse',
  ]);
  assert.equal(texts({ standing: 'others', holder: ANNA, request }), null);
  assert.deepEqual(
    texts({ standing: 'others', holder: ANNA, request, mayManage: true })?.[0],
    'Bot asks for the controls from Anna.',
  );
});

test('whoever asks sees that, and how it ends', () => {
  const request = { participant: BOT, isYou: true, takesAt: 900 };
  assert.deepEqual(texts({ standing: 'others', holder: ANNA, request }), [
    'You get the controls in 1 s, unless Anna refuses.',
    'Withdraw',
  ]);
  const denied = { error: ERRORS.CONTROL_DENIED.message, code: 'CONTROL_DENIED' as const, hint: 'h' };
  const refusal = { action: 'request' as const, problem: problemFromBody(denied) };
  assert.deepEqual(texts({ standing: 'others', holder: ANNA }, { kind: 'refused', refusal }), [
    'Anna keeps the controls.',
  ]);
  assert.deepEqual(texts({ standing: 'yours', holder: BOT }, { kind: 'gained' }), ['You have the controls.']);
});

test('nobody is asked where that is not needed', () => {
  assert.deepEqual(
    ways(control({ standing: 'others', policy: 'follow', holder: ANNA })).map(({ action }) => action),
    ['take'],
  );
  assert.deepEqual(ways(control({ standing: 'yours', holder: ANNA })), []);
  assert.equal(controlButton(control({ standing: 'yours', holder: ANNA })), 'release');
  assert.equal(controlButton(control({ standing: 'others', holder: ANNA })), 'take');
  assert.equal(controlButton(control({ standing: 'everybody' })), null);
  assert.equal(controlText(control({ standing: 'none', holder: ANNA })), 'Anna has the controls.');
});
