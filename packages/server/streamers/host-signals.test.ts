import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, type HostState, MoonshareError, type Stage } from '@moonshare/contract';
import { FAKE_ENCRYPTION } from '../testing/fake-encryption.ts';
import { currentSignals, hostSignals, terminationCode } from './host-signals.ts';

const format = { width: 1280, height: 720, touch: true };
const streaming: HostState = { state: 'streaming', encryption: FAKE_ENCRYPTION, format };
const complete = { ConnectionComplete: { capabilities: { touch: true }, width: 1280, height: 720 } };
const connecting = (stage: Stage): HostState => ({ state: 'connecting', stage });
const bodyOf = (code: ErrorCode) => new MoonshareError(code).toBody();

test('stages start and complete in pairs, and repetitions are not reported', () => {
  const [asking, starting] = [connecting('askingHost'), connecting('startingApp')];
  assert.deepEqual(hostSignals(null, asking), [{ StageStarting: { stage: 'Asking the host' } }]);
  assert.deepEqual(hostSignals(asking, asking), []);
  assert.deepEqual(hostSignals(asking, starting), [
    { StageComplete: { stage: 'Asking the host' } },
    { StageStarting: { stage: 'Starting the app' } },
  ]);
  assert.deepEqual(hostSignals(starting, streaming), [{ StageComplete: { stage: 'Starting the app' } }, complete]);
});

test('a recovery is reported in stages too', () => {
  const error = bodyOf('CONTROL_LOST');
  assert.deepEqual(hostSignals(streaming, { state: 'recovering', stage: 'waitingForHost', attempt: 1, error }), [
    { StageStarting: { stage: 'Waiting for the host' } },
  ]);
});

test('an end fails the stage that was in progress', () => {
  const ended: HostState = { state: 'ended', error: bodyOf('NO_VIDEO') };
  assert.deepEqual(hostSignals(connecting('videoStream'), ended), [
    { StageFailed: { stage: 'Video stream', error_code: -100 } },
  ]);
  assert.deepEqual(hostSignals(streaming, ended), []);
});

test('a new viewer gets the stage in progress, or the format of the stream', () => {
  assert.deepEqual(currentSignals(null), []);
  assert.deepEqual(currentSignals(connecting('controlStream')), [{ StageStarting: { stage: 'Control stream' } }]);
  assert.deepEqual(currentSignals(streaming), [complete]);
  assert.deepEqual(currentSignals({ state: 'ended', error: null }), []);
});

test('an intended end, one without a picture, and any other end have different codes', () => {
  const codes = (['TERMINATED', 'NO_VIDEO', 'CONTROL_LOST', 'HOST_BUSY'] as const).map(terminationCode);
  assert.deepEqual(codes, [0, -100, -1, -1]);
});
