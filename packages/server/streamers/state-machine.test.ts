import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ErrorCode, type HostState, MoonshareError } from '@moonshare/contract';
import fc from 'fast-check';
import { FAKE_ENCRYPTION } from '../testing/fake-encryption.ts';
import {
  initialState,
  isAlive,
  type StreamerAction,
  type StreamerEvent,
  type StreamerState,
  step,
} from './state-machine.ts';

const LIMITS = { startMs: 60_000, restartDelaysMs: [0, 500, 1_000] };
const format = { width: 1280, height: 720, touch: false };

/** A streamer in virtual time; `actions` are those of the last event. */
class Run {
  state: StreamerState = initialState(0);
  now = 0;
  wakeAt = Number.POSITIVE_INFINITY;
  actions: StreamerAction[] = [];
  readonly all: StreamerAction[] = [];

  feed(...events: StreamerEvent[]): this {
    for (const event of events) {
      const { state, actions, wakeAt } = step(this.state, event, this.now, LIMITS);
      Object.assign(this, { state, actions, wakeAt });
      this.all.push(...actions);
    }
    return this;
  }

  /** Advances to the time requested by the last step, and wakes. */
  wake(): this {
    this.now = this.wakeAt;
    return this.feed({ type: 'wake' });
  }

  types(): string[] {
    return this.actions.map(({ type }) => type);
  }

  count(type: StreamerAction['type']): number {
    return this.all.filter((action) => action.type === type).length;
  }

  last<T extends StreamerAction['type']>(type: T): Extract<StreamerAction, { type: T }> {
    const found = this.all.findLast((action) => action.type === type);
    assert.ok(found, `no action ${type}`);
    return found as Extract<StreamerAction, { type: T }>;
  }

  get code(): ErrorCode | null {
    return 'error' in this.state ? this.state.error.code : null;
  }
}

const hostIs = (host: HostState): StreamerEvent => ({ type: 'hostState', host });
const connecting = hostIs({ state: 'connecting', stage: 'waitingForTurn' });
const streaming = hostIs({ state: 'streaming', encryption: FAKE_ENCRYPTION, format });
const bodyOf = (code: ErrorCode) => new MoonshareError(code).toBody();
const recovering = hostIs({
  state: 'recovering',
  stage: 'waitingForHost',
  attempt: 1,
  error: bodyOf('CONTROL_LOST'),
});
const ended = (code: ErrorCode) => hostIs({ state: 'ended', error: bodyOf(code) });
const exit = (code: ErrorCode | null): StreamerEvent => ({
  type: 'workerExited',
  error: code === null ? null : new MoonshareError(code),
});
const stop = (app: 'end' | 'leave' = 'end'): StreamerEvent => ({
  type: 'stop',
  reason: new MoonshareError('STREAMER_STOPPED'),
  app,
});

const loading = () => new Run().feed({ type: 'begin' }, { type: 'allocated' });
const running = () => loading().feed({ type: 'workerReady' }, connecting);
const up = () => running().feed({ type: 'turnGranted' }, streaming, { type: 'launchDone' });

describe('a start', () => {
  test('allocates, starts a worker, gives it its turn and is answered once it streams', () => {
    const run = new Run().feed({ type: 'begin' });
    assert.deepEqual(run.types(), ['announce', 'allocate']);
    assert.deepEqual(run.feed({ type: 'allocated' }).types(), ['startWorker']);
    assert.deepEqual(run.feed({ type: 'workerReady' }).actions, [
      { type: 'initWorker', resume: false },
      { type: 'requestTurn' },
    ]);
    assert.deepEqual(run.feed({ type: 'turnGranted' }).types(), ['grantLaunch']);
    assert.deepEqual(run.feed(connecting).types(), ['signalHost', 'recordHost', 'announce', 'introducePeers']);
    assert.deepEqual(run.feed(streaming).types(), ['signalHost', 'recordHost', 'announce', 'answerStart']);
    assert.equal(run.last('answerStart').error, null);
    assert.deepEqual(run.feed({ type: 'launchDone' }).types(), ['releaseTurn']);
    assert.equal(run.state.status, 'active');
  });

  test('a repeated stage is not announced, and a long one is reported again', () => {
    const run = running();
    assert.deepEqual(run.feed(connecting).types(), ['signalHost']);
    assert.deepEqual(run.wake().types(), ['reportStage']);
    assert.equal(run.now, 5_000);
    assert.deepEqual(run.wake().types(), ['reportStage']);
  });

  test('a failure is answered once everything is tidied up, and nothing is restarted', () => {
    const run = running().feed(exit('STREAMER_DIED'));
    assert.deepEqual(
      [run.state.status, run.code, run.count('answerStart'), run.last('tidyUp').app],
      ['failed', 'STREAMER_DIED', 0, 'end'],
    );
    run.feed({ type: 'tidied' });
    assert.equal(run.last('answerStart').error?.code, 'STREAMER_DIED');
  });

  test('if the first report is that the host has ended, peers are not introduced', () => {
    const run = loading().feed({ type: 'workerReady' }, ended('HOST_UNREACHABLE'));
    assert.deepEqual([run.state.status, run.count('introducePeers')], ['failed', 0]);
  });

  test('is given up when its time is up', () => {
    const run = running();
    while (isAlive(run.state)) run.wake();
    assert.deepEqual([run.now, run.code], [LIMITS.startMs, 'HOST_TIMEOUT']);
  });

  test('an allocation that arrives after the end is released, and the end waits for it', () => {
    const run = new Run().feed({ type: 'begin' }, stop());
    assert.ok(run.types().includes('abandonAllocation'));
    assert.deepEqual(run.feed({ type: 'tidied' }).types(), []);
    assert.deepEqual(run.feed({ type: 'allocated' }).types(), ['releaseAllocation', 'answerStart', 'answerStop']);
  });

  test('a UDP port taken by another program costs another worker, not the start', () => {
    const run = running().feed({ type: 'portTaken' });
    assert.deepEqual(run.types(), ['cancelTurn', 'stopWorker']);
    run.feed(exit(null)).wake();
    assert.deepEqual(run.actions, [{ type: 'takePort', port: 'another' }]);
    assert.deepEqual(run.feed({ type: 'portAcquired' }).types(), ['startWorker']);
    assert.equal(run.state.status, 'starting');
  });

  test('a start for which every port is taken fails with that reason', () => {
    const run = running();
    while (isAlive(run.state)) {
      run.feed({ type: 'portTaken' }, exit(null));
      if (isAlive(run.state)) run.wake().feed({ type: 'portAcquired' }, { type: 'workerReady' });
    }
    assert.equal(run.code, 'UDP_PORTS_EXHAUSTED');
  });
});

describe('a streamer that was up', () => {
  test('follows its host through a recovery', () => {
    const run = up().feed(recovering);
    assert.deepEqual([run.state.status, run.code], ['reconnecting', 'CONTROL_LOST']);
    assert.deepEqual(run.feed(streaming).types(), ['signalHost', 'recordHost', 'announce']);
    assert.equal(run.state.status, 'active');
    assert.equal(run.count('answerStart'), 1);
  });

  test('gets another worker with the same port, which resumes the session', () => {
    const run = up().feed(exit('STREAMER_DIED'));
    assert.deepEqual([run.state.status, run.code], ['reconnecting', 'STREAMER_DIED']);
    assert.deepEqual(run.wake().actions, [{ type: 'takePort', port: 'same' }]);
    run.feed({ type: 'portAcquired' }, { type: 'workerReady' });
    assert.equal(run.last('initWorker').resume, true);
  });

  test('is given up when its workers keep dying', () => {
    const run = up();
    while (isAlive(run.state)) {
      run.feed(exit('STREAMER_DIED'));
      if (isAlive(run.state)) run.wake().feed({ type: 'portAcquired' }, { type: 'workerReady' });
    }
    assert.equal(run.code, 'STREAMER_KEEPS_DYING');
    assert.equal(run.count('startWorker'), 1 + LIMITS.restartDelaysMs.length);
    assert.equal(run.last('tidyUp').app, 'leaveIfRetried');
  });

  test('reports an end by the host once, with its code', () => {
    const run = up().feed(ended('TERMINATED'), exit(null));
    assert.equal(run.last('signalTerminated').code, 0);
    assert.equal(run.count('signalTerminated'), 1);
    assert.equal(running().feed(ended('NO_VIDEO')).last('signalTerminated').code, -100);
    assert.equal(up().feed(exit(null)).count('signalTerminated'), 0);
  });

  test('keeps the turn that it holds until its worker releases it or is gone', () => {
    const held = () => running().feed({ type: 'turnGranted' }, stop());
    assert.equal(held().count('releaseTurn'), 0);
    assert.equal(held().feed({ type: 'launchDone' }).count('releaseTurn'), 1);
    assert.equal(held().feed(exit(null), { type: 'launchDone' }).count('releaseTurn'), 0);
    assert.equal(running().feed(stop()).count('cancelTurn'), 1);
  });

  test('stopping a failed one decides what becomes of its app', () => {
    const run = up().feed(ended('TERMINATED'), { type: 'tidied' }, stop('end'));
    assert.deepEqual(run.actions, [{ type: 'announce' }, { type: 'answerStop', app: 'end' }]);
    assert.deepEqual([run.state.status, run.code], ['stopping', 'TERMINATED']);
    const early = up().feed(ended('TERMINATED'), stop('leave'));
    assert.equal(early.count('answerStop'), 0);
    assert.deepEqual(early.feed({ type: 'tidied' }).actions, [{ type: 'answerStop', app: 'leave' }]);
  });
});

/** The shell as the state machine sees it: what it holds, and which answers it owes. */
class World {
  readonly run = new Run();
  allocation: 'none' | 'asked' | 'held' | 'released' = 'none';
  worker: 'none' | 'loading' | 'ready' = 'none';
  port: 'none' | 'asked' = 'none';
  turn: 'none' | 'asked' | 'held' = 'none';
  tidying = false;
  workers = 0;
  readonly deaths: number[] = [];

  /** What can happen next; answers only to what was requested. */
  possible(): StreamerEvent[] {
    const { worker } = this;
    const events: StreamerEvent[] = [{ type: 'begin' }, { type: 'wake' }, stop('end'), stop('leave')];
    if (this.allocation === 'asked') {
      events.push({ type: 'allocated' }, { type: 'allocationFailed', error: new MoonshareError('HOST_UNREACHABLE') });
    }
    if (worker !== 'none') events.push(exit(null), exit('STREAMER_DIED'));
    if (worker === 'loading') events.push({ type: 'workerReady' });
    if (worker === 'ready') {
      events.push(connecting, streaming, recovering, ended('TERMINATED'), ended('NO_VIDEO'));
      events.push(hostIs({ state: 'ended', error: null }), { type: 'portTaken' });
      events.push({ type: 'launchWanted' }, { type: 'launchDone' });
    }
    if (this.port === 'asked') {
      events.push(
        { type: 'portAcquired' },
        { type: 'portUnavailable', error: new MoonshareError('UDP_PORTS_EXHAUSTED') },
      );
    }
    if (this.turn === 'asked') events.push({ type: 'turnGranted' });
    if (this.tidying && this.worker === 'none') events.push({ type: 'tidied' });
    return events;
  }

  feed(event: StreamerEvent): void {
    const before = this.run.state;
    if (event.type === 'allocated') this.allocation = 'held';
    if (event.type === 'allocationFailed') this.allocation = 'none';
    if (event.type === 'portAcquired' || event.type === 'portUnavailable') this.port = 'none';
    if (event.type === 'turnGranted') this.turn = 'held';
    if (event.type === 'tidied') this.tidying = false;
    if (event.type === 'workerExited') {
      this.worker = 'none';
      this.turn = 'none';
      this.deaths.push(this.run.now);
    }
    this.run.feed(event);
    for (const action of this.run.actions) this.perform(action);
    if (!isAlive(before)) assert.ok(!isAlive(this.run.state), 'an end is final');
    if (before.status === 'stopping') assert.equal(this.run.state.status, 'stopping');
    // If two things are due at once, each gets a wake-up.
    const didSomething = event.type !== 'wake' || this.run.actions.length > 0;
    if (isAlive(this.run.state)) assert.ok(this.run.wakeAt > this.run.now || didSomething, 'woke up for nothing');
    else assert.equal(this.run.wakeAt, Number.POSITIVE_INFINITY);
  }

  perform(action: StreamerAction): void {
    switch (action.type) {
      case 'allocate':
        assert.equal(this.allocation, 'none');
        this.allocation = 'asked';
        break;
      case 'abandonAllocation':
        assert.equal(this.allocation, 'asked');
        break;
      case 'releaseAllocation':
        assert.equal(this.allocation, 'held');
        this.allocation = 'released';
        break;
      case 'startWorker':
        assert.deepEqual([this.worker, this.allocation], ['none', 'held']);
        this.worker = 'loading';
        this.workers += 1;
        break;
      case 'initWorker':
        assert.equal(this.worker, 'loading');
        this.worker = 'ready';
        break;
      case 'stopWorker':
      case 'grantLaunch':
        assert.equal(this.worker, 'ready');
        if (action.type === 'grantLaunch') assert.equal(this.turn, 'held');
        break;
      case 'takePort':
        assert.deepEqual([this.port, this.worker, this.allocation], ['none', 'none', 'held']);
        this.port = 'asked';
        break;
      case 'requestTurn':
        assert.deepEqual([this.turn, this.worker], ['none', 'ready']);
        this.turn = 'asked';
        break;
      case 'cancelTurn':
        assert.equal(this.turn, 'asked');
        this.turn = 'none';
        break;
      case 'releaseTurn':
        assert.equal(this.turn, 'held');
        this.turn = 'none';
        break;
      case 'tidyUp':
        assert.equal(this.run.count('tidyUp'), 1);
        this.tidying = true;
        if (this.allocation === 'held') this.allocation = 'released';
        break;
      case 'answerStop':
        assert.ok(!this.tidying && this.allocation !== 'held' && this.allocation !== 'asked', 'it was not tidied up');
        break;
    }
  }
}

test('whatever happens: everything taken is released once, each caller is answered once, and nothing happens after the end', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(3_000)), { maxLength: 80 }), (choices) => {
      const world = new World();
      world.feed({ type: 'begin' });
      for (const [choice, after] of choices) {
        world.run.now += after;
        const possible = world.possible();
        world.feed(possible[choice % possible.length]!);
      }
      if (world.run.state.status !== 'stopping') world.feed(stop());
      // What is still owed arrives last.
      for (let turn = 0; turn < 10 && world.run.count('answerStop') === 0; turn += 1) {
        if (world.worker !== 'none') world.feed(exit(null));
        if (world.allocation === 'asked') world.feed({ type: 'allocated' });
        if (world.tidying) world.feed({ type: 'tidied' });
      }
      const { run } = world;
      assert.deepEqual([run.count('answerStart'), run.count('answerStop')], [1, 1]);
      assert.ok(run.count('signalTerminated') <= 1);
      assert.ok(run.count('notifyFailed') <= 1);
      assert.ok(world.allocation === 'released' || world.allocation === 'none');
      assert.deepEqual([world.worker, world.turn], ['none', 'none']);
      for (const event of world.possible()) assert.deepEqual(run.feed(event).actions, []);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever happens: within three minutes a streamer has no more workers than the restart policy allows', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20_000)), { minLength: 5, maxLength: 60 }), (lives) => {
      const run = up();
      const deaths: number[] = [];
      for (const [portTaken, lived] of lives) {
        run.now += lived;
        deaths.push(run.now);
        run.feed(...(portTaken ? [{ type: 'portTaken' } as const] : []), exit('STREAMER_DIED'));
        if (!isAlive(run.state)) break;
        run.wake().feed({ type: 'portAcquired' }, { type: 'workerReady' });
      }
      const recent = deaths.filter((at) => run.now - at < 3 * 60_000);
      assert.equal(isAlive(run.state), recent.length <= LIMITS.restartDelaysMs.length);
    }),
  );
});
