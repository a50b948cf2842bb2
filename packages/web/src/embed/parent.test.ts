import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectParent } from './parent.ts';

test('only the page of the origin that was named is told, and obeyed', () => {
  const sent: unknown[] = [];
  const done: unknown[] = [];
  const listeners: Record<string, (event: object) => void> = {};
  const parent = { postMessage: (message: unknown, origin: unknown) => sent.push([message, origin]) };
  const viewer = {
    addEventListener: (type: string, listener: (event: object) => void) => {
      listeners[type] = listener;
    },
    set muted(muted: boolean) {
      done.push(['muted', muted]);
    },
    typeText: (text: string) => done.push(['type', text]),
    setAttribute: (name: string, value: string) => done.push([name, value]),
    focus: () => done.push('focus'),
  };
  const origin = 'https://app.example';
  connectParent(viewer as never, { window: viewer as never, parent: parent as never, origin });
  listeners.statechange?.({ detail: { kind: 'playing' } });
  assert.deepEqual(sent, [
    [{ moonshare: 'ready', value: null }, origin],
    [{ moonshare: 'statechange', value: { kind: 'playing' } }, origin],
  ]);

  const say = (data: unknown, from: object = { source: parent, origin }) => listeners.message?.({ data, ...from });
  say({ moonshare: 'mute', value: true }, { source: parent, origin: 'https://evil.example' });
  say({ moonshare: 'mute', value: true }, { source: {}, origin });
  for (const nonsense of [null, 'mute', { moonshare: 'type', value: 1 }, { moonshare: 'reload' }]) say(nonsense);
  assert.deepEqual(done, []);
  say({ moonshare: 'mute', value: false });
  say({ moonshare: 'type', value: 'hello' });
  say({ moonshare: 'token', value: 'fresh' });
  say({ moonshare: 'focus' });
  assert.deepEqual(done, [['muted', false], ['type', 'hello'], ['token', 'fresh'], 'focus']);
});
