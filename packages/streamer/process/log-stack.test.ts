import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebRtcStackUse } from '@moonshare/contract';
import pino from 'pino';
import { logStack } from './log-stack.ts';

const INFO = 30;
const WARN = 40;

function logged(stackUse: WebRtcStackUse, tcpError: unknown = null): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  logStack(
    { stackUse, tcpError },
    pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) }),
  );
  return lines;
}

test('the stack is logged, as a warning where something can be done about what is missing', () => {
  const because = 'WebRTC runs on node-datachannel, because the native stack does not run here';
  const stack = 'node-datachannel';
  assert.deepEqual(logged({ name: 'native', missing: null }), [
    { level: INFO, stack: 'native', msg: 'WebRTC runs on native' },
  ]);
  assert.deepEqual(logged({ name: stack, missing: null }), [
    { level: INFO, stack, msg: 'WebRTC runs on node-datachannel' },
  ]);
  assert.deepEqual(logged({ name: stack, missing: { reason: 'it is for Linux', fix: null } }), [
    { level: INFO, stack, reason: 'it is for Linux', msg: because },
  ]);
  assert.deepEqual(logged({ name: stack, missing: { reason: 'it is not built', fix: 'Build it.' } }), [
    { level: WARN, stack, reason: 'it is not built', hint: 'Build it.', msg: because },
  ]);
});

test('a TCP port that is taken is a warning', () => {
  const [line] = logged({ name: 'native', missing: null }, Object.assign(new Error('taken'), { code: 'EADDRINUSE' }));
  assert.equal(line!.level, WARN);
  assert.match(String(line!.msg), /browsers without UDP cannot come/);
});
