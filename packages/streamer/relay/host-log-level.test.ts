import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, type HostState, MoonshareError, type Stage } from '@moonshare/contract';
import { hostLogLevel } from './host-log-level.ts';

const encryption = { control: true, input: true, video: true, audio: true, older_control: false };
const format = { width: 1280, height: 720, touch: false };
const streaming = { state: 'streaming', encryption, format } as const;

const STAGES: Stage[] = ['waitingForTurn', 'askingHost', 'waitingForHost'];

/** The stages of `count` failed attempts. */
function attempts(count: number, code: ErrorCode): HostState[] {
  const error = new MoonshareError(code).toBody();
  return Array.from({ length: count }, (_, n) =>
    STAGES.map((stage) => ({ state: 'recovering' as const, stage, attempt: n + 1, error })),
  ).flat();
}

function logged(states: HostState[]): HostState[] {
  return states.filter((state, at) => hostLogLevel(states[at - 1] ?? streaming, state) === 'info');
}

test('an unreachable host is logged when it is lost, when the reason changes, and when it is back', () => {
  const away = [...attempts(20, 'CONTROL_LOST'), ...attempts(20, 'HOST_UNREACHABLE'), streaming];
  assert.deepEqual(
    logged(away).map((state) => (state.state === 'recovering' ? state.error.code : state.state)),
    ['CONTROL_LOST', 'HOST_UNREACHABLE', 'streaming'],
  );
});

test('each stage of a start is logged once', () => {
  const start: Stage[] = ['askingHost', 'askingHost', 'startingApp'];
  assert.equal(logged(start.map((stage) => ({ state: 'connecting', stage }))).length, 2);
});
