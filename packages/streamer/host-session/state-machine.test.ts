import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ErrorCode, MoonshareError } from '@moonshare/contract';
import { GameStreamError } from '@moonshare/gamestream';
import type { CoreOutput } from '@moonshare/sans-io';
import fc from 'fast-check';
import { HostSessionMachine } from './state-machine.ts';
import type { HostSessionAction, HostSessionEvent } from './types.ts';

const APP = 7;
const LAUNCH_LIMIT_MS = 180_000;

/** A machine on virtual time; `actions` are those of the last event. */
class MachineRun {
  readonly machine: HostSessionMachine;
  now = 0;
  actions: HostSessionAction[] = [];
  wakeAt = Number.POSITIVE_INFINITY;
  readonly all: HostSessionAction[] = [];

  constructor(resume = false) {
    this.machine = new HostSessionMachine({ appId: APP, resume, launchLimitMs: LAUNCH_LIMIT_MS });
  }

  feed(...events: HostSessionEvent[]): this {
    for (const event of events) {
      this.#take(this.machine.handle(event, this.now));
    }
    return this;
  }

  /** Advances to the time at which the machine asks to be called. */
  wake(): this {
    assert.ok(Number.isFinite(this.wakeAt), 'the machine waits for an event');
    this.now = this.wakeAt;
    return this.advance();
  }

  advance(): this {
    this.#take(this.machine.advance(this.now));
    return this;
  }

  #take({ events, wakeAt }: CoreOutput<HostSessionAction>): void {
    this.actions = events;
    this.wakeAt = wakeAt;
    this.all.push(...events);
  }

  last<T extends HostSessionAction['type']>(type: T): Extract<HostSessionAction, { type: T }> {
    const found = this.all.findLast((action) => action.type === type);
    assert.ok(found, `no action ${type}`);
    return found as Extract<HostSessionAction, { type: T }>;
  }

  has(type: HostSessionAction['type']): boolean {
    return this.actions.some((action) => action.type === type);
  }

  get state() {
    return this.last('report').state;
  }
}

const info = (currentGame: number, paired = true): HostSessionEvent => ({ type: 'info', paired, currentGame });
const failed = (code: ErrorCode): HostSessionEvent => ({ type: 'failed', error: new MoonshareError(code) });
const lost: HostSessionEvent = { type: 'streamEnded', reason: { type: 'lost' } };
const disconnected: HostSessionEvent = { type: 'streamEnded', reason: { type: 'disconnected' } };
const noVideo: HostSessionEvent = {
  type: 'streamEnded',
  reason: { type: 'noVideo', error: new GameStreamError('NO_VIDEO', 'No video', { hint: 'UDP 48100' }) },
};
const encryption = { control: true, input: true, video: true, audio: true, older_control: false };
const opened: HostSessionEvent = { type: 'opened', encryption };
const controlDone: HostSessionEvent = { type: 'stage', stage: 'control', step: 'done' };

const started = () => new MachineRun().feed({ type: 'start' }, { type: 'slotGranted' });
const launching = () => started().feed(info(0));
const opening = () => launching().feed({ type: 'launched' });
const streaming = () => opening().feed(controlDone, opened);

describe('a first start', () => {
  test('takes the slot, asks the host, launches, opens, streams', () => {
    const run = new MachineRun().feed({ type: 'start' });
    assert.deepEqual(run.state, { state: 'connecting', stage: 'waitingForTurn' });
    assert.equal(run.has('requestSlot'), false);
    run.feed({ type: 'slotGranted' });
    assert.ok(run.has('readInfo'));
    run.feed(info(0));
    assert.equal(run.last('launch').verb, 'launch');
    run.feed({ type: 'launched' });
    assert.ok(run.has('open'));
    run.feed({ type: 'stage', stage: 'rtsp', step: 'start' });
    assert.deepEqual(run.state, { state: 'connecting', stage: 'rtspHandshake' });
    run.feed(controlDone);
    assert.ok(run.has('releaseSlot'));
    run.feed(opened);
    assert.deepEqual(run.state, { state: 'streaming', encryption });
  });

  test('resumes the app if it is running', () => {
    assert.equal(started().feed(info(APP)).last('launch').verb, 'resume');
  });

  test('does not touch another app', () => {
    const run = started().feed(info(8));
    assert.ok(run.has('finish'));
    run.feed({ type: 'finished' });
    assert.ok(run.has('releaseSlot'));
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'HOST_BUSY');
  });

  test('gives up at once if full encryption is required but not offered, also after a resume', () => {
    for (const resume of [false, true]) {
      const run = new MachineRun(resume).feed({ type: 'start' }, { type: 'slotGranted' }, info(APP), {
        type: 'launched',
      });
      run.feed(failed('HOST_ENCRYPTION_UNAVAILABLE'), { type: 'finished' });
      assert.ok(run.state.state === 'ended' && run.state.error?.code === 'HOST_ENCRYPTION_UNAVAILABLE');
    }
  });

  test('reports that the host is not paired', () => {
    const run = started().feed(info(0, false), { type: 'finished' });
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'HOST_NOT_PAIRED');
  });

  for (const code of ['HOST_UNREACHABLE', 'HOST_TIMEOUT', 'HOST_REFUSED', 'HOST_CERTIFICATE_CHANGED'] as const) {
    test(`reports ${code} at once`, () => {
      const run = started().feed(failed(code), { type: 'finished' });
      assert.ok(run.state.state === 'ended' && run.state.error?.code === code);
    });
  }

  test('after a failed handshake keeps the slot until the host has dropped its pending session, then resumes', () => {
    const run = opening();
    run.now = 300;
    run.feed(failed('RTSP_FAILED'));
    assert.equal(run.has('releaseSlot'), false);
    assert.equal(run.wakeAt, 10_000);
    run.wake();
    assert.ok(run.has('readInfo'));
    run.feed(info(APP));
    assert.equal(run.last('launch').verb, 'resume');
  });

  test('gives up on a handshake that keeps failing within the time limit', () => {
    const run = opening();
    run.feed(failed('RTSP_FAILED')).wake();
    run.feed(info(APP), { type: 'launched' });
    run.now += 2_000;
    run.feed(failed('RTSP_FAILED'));
    assert.ok(run.now < 25_000);
    assert.ok(run.has('finish'));
    run.feed({ type: 'finished' });
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'RTSP_FAILED');
  });

  test("gives every step but the launch a time limit shorter than the caller's", () => {
    const run = started();
    assert.ok(run.last('readInfo').timeoutMs <= 5_000);
    run.now = 15_000;
    run.feed(info(APP));
    assert.equal(run.last('launch').timeoutMs, 5_000);
    run.now = 19_000;
    run.feed({ type: 'launched' });
    assert.equal(run.last('open').timeoutMs, 1_000);
  });

  test('does not count a slow launch against the other steps', () => {
    const run = started();
    run.now = 1_000;
    run.feed(info(0));
    assert.equal(run.last('launch').timeoutMs, LAUNCH_LIMIT_MS);
    run.now += 150_000;
    run.feed({ type: 'launched' });
    assert.equal(run.last('open').timeoutMs, 19_000);
    run.now += 5_000;
    run.feed(controlDone, failed('NO_VIDEO')).wake();
    assert.ok(run.has('requestSlot'));
  });

  test('retries a host without a picture soon three times, then waits longer', () => {
    const run = opening();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      assert.deepEqual(run.last('open').firstVideoMs, { without: 2_000, withPayload: 10_000 });
      run.feed(controlDone);
      run.now += 2_500;
      run.feed(failed('NO_VIDEO')).wake();
      run.feed({ type: 'slotGranted' }, info(APP), { type: 'launched' });
      assert.equal(run.last('launch').verb, 'resume');
    }
    assert.equal(run.last('open').firstVideoMs.without, 10_000);
    run.feed(failed('NO_VIDEO'));
    assert.ok(run.has('finish'));
  });

  test('reports a host without a picture while it retries', () => {
    const run = opening().feed(controlDone, failed('NO_VIDEO'));
    assert.ok(run.state.state === 'connecting' && run.state.stage === 'retryingWithoutPicture');
  });

  test("reports the previous attempt's error if the last one was cut short", () => {
    const run = opening().feed(controlDone);
    run.now = 10_300;
    run.feed(failed('NO_VIDEO')).wake().feed({ type: 'slotGranted' }, info(APP));
    run.now = 20_000;
    run.feed(failed('HOST_TIMEOUT'), { type: 'finished' });
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'NO_VIDEO');
  });

  test('launches if there was no session to resume', () => {
    const run = started().feed(info(APP), { type: 'launched' }, failed('NO_SESSION')).wake();
    run.feed(info(APP));
    assert.equal(run.last('launch').verb, 'launch');
  });
});

describe('a lost host', () => {
  test('is resumed if the app is still running', () => {
    const run = streaming();
    run.now = 60_000;
    run.feed(lost);
    assert.ok(run.has('requestSlot'));
    assert.ok(run.state.state === 'recovering' && run.state.attempt === 1 && run.state.error.code === 'CONTROL_LOST');
    run.feed({ type: 'slotGranted' }, info(APP));
    assert.equal(run.last('launch').verb, 'resume');
    run.feed({ type: 'launched' }, controlDone, opened);
    assert.deepEqual(run.state, { state: 'streaming', encryption });
  });

  test('is sent a new launch if it has restarted', () => {
    const run = streaming().feed(lost, { type: 'slotGranted' }, failed('HOST_UNREACHABLE')).wake();
    run.feed({ type: 'slotGranted' }, info(0));
    assert.equal(run.last('launch').verb, 'launch');
  });

  test('is retried with back-off, without the slot in between, and given up after five minutes', () => {
    const run = streaming();
    const lostAt = 60_000;
    run.now = lostAt;
    run.feed(lost);
    const waits: number[] = [];
    for (let attempt = 1; attempt < 200 && !run.has('finish'); attempt += 1) {
      run.feed({ type: 'slotGranted' }, failed('HOST_UNREACHABLE'));
      if (run.has('finish')) break;
      assert.ok(run.has('releaseSlot'));
      waits.push(run.wakeAt - run.now);
      run.wake();
    }
    assert.deepEqual(waits.slice(0, 6), [500, 1000, 2000, 4000, 5000, 5000]);
    assert.ok(run.now - lostAt > 280_000 && run.now - lostAt < 300_000);
    run.feed({ type: 'finished' });
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'HOST_UNREACHABLE');
  });

  test('is given up at once if another app is running', () => {
    const run = streaming().feed(lost, { type: 'slotGranted' }, info(8));
    assert.ok(run.has('finish'));
  });

  test('is given up at once if it has forgotten the pairing', () => {
    assert.ok(streaming().feed(lost, { type: 'slotGranted' }, info(0, false)).has('finish'));
  });

  test('counts attempts from one again after a recovery', () => {
    const run = streaming().feed(lost, { type: 'slotGranted' }, failed('HOST_UNREACHABLE')).wake();
    run.feed({ type: 'slotGranted' }, info(APP), { type: 'launched' }, controlDone, opened);
    run.now += 60_000;
    run.feed(lost);
    assert.ok(run.state.state === 'recovering' && run.state.attempt === 1);
  });

  test('is resumed if its picture stops, and the reason is reported', () => {
    const run = streaming();
    run.now = 60_000;
    run.feed(noVideo);
    assert.ok(run.state.state === 'recovering');
    assert.deepEqual([run.state.error.code, run.state.error.hint], ['NO_VIDEO', 'UDP 48100']);
    run.feed({ type: 'slotGranted' }, info(APP));
    assert.equal(run.last('launch').verb, 'resume');
  });

  test('is resumed after growing waits but never given up if each stream stops soon', () => {
    const run = streaming();
    const waits: number[] = [];
    for (let times = 0; times < 200; times += 1) {
      run.now += 4_000;
      run.feed(noVideo);
      const lostAt = run.now;
      if (!run.has('requestSlot')) run.wake();
      waits.push(run.now - lostAt);
      run.feed({ type: 'slotGranted' }, info(APP), { type: 'launched' }, controlDone, opened);
      assert.deepEqual(run.state, { state: 'streaming', encryption });
    }
    assert.deepEqual(waits.slice(0, 6), [0, 500, 1_000, 2_000, 4_000, 5_000]);
    run.now += 60_000;
    run.feed(noVideo);
    assert.ok(run.has('requestSlot'));
  });

  test('is given a short wait for video after it has streamed, with or without ping payload', () => {
    const run = streaming();
    run.now = 60_000;
    run.feed(noVideo, { type: 'slotGranted' }, info(APP), { type: 'launched' });
    assert.deepEqual(run.last('open').firstVideoMs, { without: 2_000, withPayload: 2_000 });
  });
});

describe('an end by the host', () => {
  test('a termination ends the session', () => {
    const run = streaming().feed({ type: 'streamEnded', reason: { type: 'terminated', code: 0x80030023 } });
    assert.ok(run.has('finish'));
    run.feed({ type: 'finished' });
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'TERMINATED');
  });

  test('a disconnect is the end if no app is running any more', () => {
    const run = streaming().feed(disconnected, { type: 'slotGranted' }, info(0), { type: 'finished' });
    assert.ok(run.state.state === 'ended' && run.state.error?.code === 'TERMINATED');
  });

  test('a disconnect is a loss if the app is still running', () => {
    assert.equal(streaming().feed(disconnected, { type: 'slotGranted' }, info(APP)).last('launch').verb, 'resume');
  });

  test('a disconnect is also the end if the app ends while we resume', () => {
    const run = streaming().feed(disconnected, { type: 'slotGranted' }, info(APP), failed('NO_SESSION')).wake();
    assert.ok(run.feed({ type: 'slotGranted' }, info(0)).has('finish'));
  });

  test('a disconnect is a loss if the host restarts', () => {
    const run = streaming().feed(disconnected, { type: 'slotGranted' }, failed('HOST_UNREACHABLE')).wake();
    assert.equal(run.feed({ type: 'slotGranted' }, info(0)).last('launch').verb, 'launch');
  });
});

describe('stop', () => {
  test('leaves the stream in any state', () => {
    for (const run of [started(), launching(), opening(), streaming()]) {
      run.feed({ type: 'stop' });
      assert.ok(run.has('finish'));
      run.feed({ type: 'finished' });
      assert.deepEqual(run.state, { state: 'ended', error: null });
    }
  });

  test('reports no second end after a failed start', () => {
    const run = opening().feed(controlDone, failed('TERMINATED'), { type: 'finished' });
    run.feed({ type: 'stop' });
    assert.ok(run.has('finish'));
    run.feed({ type: 'finished' });
    assert.equal(run.all.filter((action) => action.type === 'report' && action.state.state === 'ended').length, 1);
  });

  test('reports the end before it releases the slot', () => {
    const run = started().feed(failed('HOST_UNREACHABLE'), { type: 'finished' });
    assert.deepEqual(
      run.actions.map(({ type }) => type),
      ['report', 'releaseSlot'],
    );
  });

  test('releases a slot that is granted too late', () => {
    const run = new MachineRun().feed({ type: 'start' }, { type: 'stop' });
    run.feed({ type: 'slotGranted' });
    assert.ok(run.has('releaseSlot'));
  });
});

test('whatever happens, the slot is released, the end is reported once, and nothing follows it', () => {
  const codes: ErrorCode[] = ['HOST_UNREACHABLE', 'RTSP_FAILED', 'NO_SESSION', 'HOST_BUSY', 'NO_VIDEO'];
  const event = fc.oneof<fc.Arbitrary<HostSessionEvent>[]>(
    fc.constantFrom<HostSessionEvent>(
      { type: 'slotGranted' },
      info(0),
      info(APP),
      info(9),
      { type: 'launched' },
      controlDone,
      opened,
      lost,
      disconnected,
      noVideo,
    ),
    fc.constantFrom(...codes.map(failed)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat(8000)), { maxLength: 80 }), (events) => {
      const run = new MachineRun().feed({ type: 'start' });
      let wanted = true;
      let held = false;
      const check = () => {
        for (const action of run.actions) {
          if (action.type === 'requestSlot') {
            assert.ok(!wanted && !held);
            wanted = true;
          } else if (action.type === 'releaseSlot') {
            assert.ok(held);
            held = false;
          }
        }
      };
      for (const [next, after] of events) {
        run.now += after;
        if (next.type === 'slotGranted') {
          if (!wanted) continue;
          wanted = false;
          held = true;
        }
        run.advance();
        check();
        run.feed(next);
        check();
      }
      run.feed({ type: 'stop' });
      check();
      run.feed({ type: 'finished' });
      check();
      if (wanted) {
        held = true;
        run.feed({ type: 'slotGranted' });
        check();
      }
      assert.equal(held, false);
      assert.equal(run.all.filter((action) => action.type === 'report' && action.state.state === 'ended').length, 1);
      for (const [next] of events) {
        if (next.type !== 'slotGranted') assert.deepEqual(run.feed(next).actions, []);
      }
    }),
  );
});

describe('a streamer process that replaces a dead one', () => {
  const resumed = () => new MachineRun(true).feed({ type: 'start' }, { type: 'slotGranted' });

  test('reports that it is recovering from the start, and resumes the running app', () => {
    const run = new MachineRun(true).feed({ type: 'start' });
    assert.equal(run.state.state, 'recovering');
    run.feed({ type: 'slotGranted' }, info(APP));
    assert.equal(run.last('launch').verb, 'resume');
    run.feed({ type: 'launched' }, controlDone, opened);
    assert.deepEqual(run.state, { state: 'streaming', encryption });
  });

  test('expects the host to notice the death late, for two attempts', () => {
    const run = resumed();
    const takesOver: boolean[] = [];
    for (let times = 0; times < 3; times += 1) {
      run.feed(info(APP), { type: 'launched' }, controlDone, opened);
      takesOver.push(run.last('open').takesOver);
      run.now += 4_000;
      run.feed(noVideo);
      if (!run.has('requestSlot')) run.wake();
      run.feed({ type: 'slotGranted' });
    }
    assert.deepEqual(takesOver, [true, true, false]);
    assert.equal(opening().last('open').takesOver, false);
  });

  test('waits five minutes for an unreachable host', () => {
    const run = resumed();
    while (run.state.state !== 'ended') {
      run.feed(failed('HOST_UNREACHABLE'));
      if (run.has('finish')) run.feed({ type: 'finished' });
      else run.wake().feed({ type: 'slotGranted' });
    }
    assert.ok(run.now > 4 * 60_000 && run.now <= 5 * 60_000, String(run.now));
  });

  test('ends if another app is running', () => {
    assert.ok(
      resumed()
        .feed(info(APP + 1))
        .has('finish'),
    );
  });
});
