import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { StageSignals } from './stage-signals.ts';

const encryption = { control: true, input: true, video: true, audio: true, older_control: false };
const streaming = { state: 'streaming', encryption } as const;

const connecting = (stage: string) => ({ state: 'connecting', stage }) as const;

test('stages start and complete in pairs, and repeats say nothing', () => {
  const stages = new StageSignals();
  assert.deepEqual(stages.next(connecting('A')), [{ StageStarting: { stage: 'A' } }]);
  assert.deepEqual(stages.next(connecting('A')), []);
  assert.deepEqual(stages.current, [{ StageStarting: { stage: 'A' } }]);
  assert.deepEqual(stages.next(connecting('B')), [
    { StageComplete: { stage: 'A' } },
    { StageStarting: { stage: 'B' } },
  ]);
  assert.deepEqual(stages.next(streaming), [{ StageComplete: { stage: 'B' } }]);
  assert.deepEqual(stages.current, []);
});

test('a recovery is told in stages too', () => {
  const stages = new StageSignals();
  stages.next(streaming);
  const error = new MoonshareError('CONTROL_LOST').toBody();
  assert.deepEqual(stages.next({ state: 'recovering', stage: 'A', attempt: 1, error }), [
    { StageStarting: { stage: 'A' } },
  ]);
});

test('an end fails the stage that was under way', () => {
  const stages = new StageSignals();
  stages.next(connecting('A'));
  const error = new MoonshareError('NO_VIDEO').toBody();
  assert.deepEqual(stages.next({ state: 'ended', error }), [{ StageFailed: { stage: 'A', error_code: -100 } }]);
});
