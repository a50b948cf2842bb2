import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BudgetAccounts, VIEWER_ALLOWANCES, type ViewerAccount, type ViewerSpending } from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/sans-io';
import fc from 'fast-check';
import { KeyFramePolicy, type KeyFrameRequest } from './key-frame-policy.ts';

const newViewer = (): ViewerAccount => new BudgetAccounts<ViewerSpending>(VIEWER_ALLOWANCES).open([], 0);

/** A host on virtual time that answers a request with a key frame after `latency` ms, or never. */
class PolicyRun {
  readonly policy = new KeyFramePolicy();
  readonly requestedAt: number[] = [];
  now = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #keyFramesAt: number[] = [];
  readonly #latency: number;

  constructor(latency: number) {
    this.#latency = latency;
  }

  take({ events, wakeAt }: CoreOutput<KeyFrameRequest>): void {
    this.#wakeAt = wakeAt;
    if (events.length === 0) return;
    this.requestedAt.push(this.now);
    if (Number.isFinite(this.#latency)) this.#keyFramesAt.push(this.now + this.#latency);
  }

  runUntil(end: number): void {
    for (;;) {
      const next = Math.min(this.#wakeAt, ...this.#keyFramesAt);
      if (next > end) break;
      this.now = next;
      if (this.#keyFramesAt[0] === next) {
        this.#keyFramesAt.shift();
        this.policy.keyFrame(next);
      }
      this.take(this.policy.advance(next));
    }
    this.now = end;
  }
}

test('the first need is requested at once', () => {
  const run = new PolicyRun(20);
  run.take(run.policy.streamNeeds(0));
  assert.deepEqual(run.requestedAt, [0]);
});

test('fifty joins spread over one second cost at most four requests, whatever the delay of the host', () => {
  for (const latency of [0, 7, 30, 75, 215, 400]) {
    const run = new PolicyRun(latency);
    for (let join = 0; join < 50; join += 1) {
      run.runUntil(join * 20);
      run.take(run.policy.viewerJoins(newViewer(), run.now));
    }
    run.runUntil(5000);
    assert.ok(run.requestedAt.length <= 4, `${run.requestedAt.length} requests with ${latency} ms`);
  }
});

test('joins within one window cost one key frame', () => {
  const run = new PolicyRun(40);
  for (let at = 0; at < 40; at += 1) {
    run.runUntil(at);
    run.take(run.policy.viewerJoins(newViewer(), at));
  }
  run.runUntil(5000);
  assert.deepEqual(run.requestedAt, [0]);
});

test('a request is repeated until a key frame has come', () => {
  const run = new PolicyRun(Number.POSITIVE_INFINITY);
  run.take(run.policy.streamNeeds(0));
  run.runUntil(2100);
  assert.deepEqual(run.requestedAt, [0, 500, 1000, 1500, 2000]);
  run.policy.keyFrame(2100);
  assert.deepEqual(run.policy.advance(9000), { events: [], wakeAt: Number.POSITIVE_INFINITY });
});

test('a request just after a key frame is ignored, a later one is not', () => {
  const policy = new KeyFramePolicy();
  policy.keyFrame(1000);
  assert.deepEqual(policy.viewerRequests(newViewer(), 1249), { events: [], wakeAt: Number.POSITIVE_INFINITY });
  assert.deepEqual(policy.advance(5000).events, []);
  assert.equal(policy.viewerRequests(newViewer(), 5000).events.length, 1);
});

test('a request just after a key frame does not end the wait of another viewer', () => {
  const policy = new KeyFramePolicy();
  policy.streamNeeds(0);
  policy.keyFrame(10);
  assert.deepEqual(policy.viewerJoins(newViewer(), 20), { events: [], wakeAt: 350 });
  assert.deepEqual(policy.viewerRequests(newViewer(), 30), { events: [], wakeAt: 350 });
});

test('requests are at least 250 ms apart, and every need is met by a later request or key frame', () => {
  const event = fc.record({ after: fc.integer({ min: 0, max: 300 }), isRequest: fc.boolean() });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 600 }), (events, latency) => {
      const run = new PolicyRun(latency);
      let lastNeed = Number.NEGATIVE_INFINITY;
      for (const { after, isRequest } of events) {
        run.runUntil(run.now + after);
        const viewer = newViewer();
        run.take(isRequest ? run.policy.viewerRequests(viewer, run.now) : run.policy.viewerNeeds(viewer, run.now));
        if (!isRequest) lastNeed = run.now;
      }
      run.runUntil(run.now + 2000);
      for (const [index, at] of run.requestedAt.entries()) {
        if (index > 0) assert.ok(at - run.requestedAt[index - 1]! >= 250);
      }
      const served = run.requestedAt.some((at) => at + latency >= lastNeed);
      assert.ok(lastNeed === Number.NEGATIVE_INFINITY || served);
      assert.equal(run.policy.advance(run.now).wakeAt, Number.POSITIVE_INFINITY);
    }),
  );
});

test('a new host session is sent a request at once', () => {
  const policy = new KeyFramePolicy();
  policy.streamNeeds(0);
  policy.reset();
  assert.deepEqual(policy.advance(10).events, []);
  assert.equal(policy.streamNeeds(20).events.length, 1);
});

/** A viewer that has backed off: at 500 ms its next need counts at 1400. */
function backedOff(run: PolicyRun): ViewerAccount {
  const viewer = newViewer();
  run.take(run.policy.viewerNeeds(viewer, run.now));
  run.runUntil(400);
  run.take(run.policy.viewerNeeds(viewer, run.now));
  run.runUntil(500);
  return viewer;
}

test('a viewer with repeated needs has to wait, unless a key frame comes first', () => {
  const alone = new PolicyRun(20);
  alone.take(alone.policy.viewerNeeds(backedOff(alone), 500));
  alone.runUntil(9_000);
  assert.deepEqual(alone.requestedAt, [0, 400, 1_400]);
  const lucky = new PolicyRun(20);
  lucky.take(lucky.policy.viewerNeeds(backedOff(lucky), 500));
  lucky.policy.keyFrame(1_000);
  lucky.runUntil(9_000);
  assert.deepEqual(lucky.requestedAt, [0, 400]);
});

test('a viewer that backs off does not hold up another', () => {
  const run = new PolicyRun(20);
  run.take(run.policy.viewerNeeds(backedOff(run), 500));
  run.runUntil(800);
  run.take(run.policy.viewerNeeds(newViewer(), run.now));
  run.runUntil(9_000);
  assert.deepEqual(run.requestedAt, [0, 400, 800]);
});

test('a viewer that rejoins more often than browsers do backs off too', () => {
  const run = new PolicyRun(20);
  const viewer = newViewer();
  for (let arrival = 0; arrival < 60; arrival += 1) {
    run.runUntil(arrival * 400);
    run.take(run.policy.viewerJoins(viewer, run.now));
  }
  // In 24 seconds: eight at once, six by time, and as many as a constant need gets.
  assert.ok(run.requestedAt.length <= 8 + 6 + 6, `${run.requestedAt.length} requests`);
});
