import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type KeyframeDecision, KeyframeRequests } from './keyframe-requests.ts';

/** A host on virtual time that answers a request with a key frame after `latency` ms, or never. */
class Run {
  readonly requests = new KeyframeRequests();
  readonly requestedAt: number[] = [];
  now = 0;
  #wakeAt = Number.POSITIVE_INFINITY;
  #keyFramesAt: number[] = [];
  readonly #latency: number;

  constructor(latency: number) {
    this.#latency = latency;
  }

  take(decision: KeyframeDecision): void {
    this.#wakeAt = decision.wakeAt;
    if (!decision.request) return;
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
        this.requests.keyFrame(next);
      }
      this.take(this.requests.advance(next));
    }
    this.now = end;
  }
}

test('the first need is asked for at once', () => {
  const run = new Run(20);
  run.take(run.requests.want(0));
  assert.deepEqual(run.requestedAt, [0]);
});

test('fifty joins spread over one second cost at most four requests, whatever the delay of the host', () => {
  for (const latency of [0, 7, 30, 75, 215, 400]) {
    const run = new Run(latency);
    for (let join = 0; join < 50; join += 1) {
      run.runUntil(join * 20);
      run.take(run.requests.want(run.now));
    }
    run.runUntil(5000);
    assert.ok(run.requestedAt.length <= 4, `${run.requestedAt.length} requests with ${latency} ms`);
  }
});

test('joins within one window cost one key frame', () => {
  const run = new Run(40);
  for (let at = 0; at < 40; at += 1) {
    run.runUntil(at);
    run.take(run.requests.want(at));
  }
  run.runUntil(5000);
  assert.deepEqual(run.requestedAt, [0]);
});

test('it is repeated until a key frame has really come', () => {
  const run = new Run(Number.POSITIVE_INFINITY);
  run.take(run.requests.want(0));
  run.runUntil(2100);
  assert.deepEqual(run.requestedAt, [0, 500, 1000, 1500, 2000]);
  run.requests.keyFrame(2100);
  assert.deepEqual(run.requests.advance(9000), { request: false, wakeAt: Number.POSITIVE_INFINITY });
});

test('a complaint just after a key frame is ignored, a later one is not', () => {
  const requests = new KeyframeRequests();
  requests.keyFrame(1000);
  assert.equal(requests.complain(1249).request, false);
  assert.equal(requests.advance(5000).request, false);
  assert.equal(requests.complain(5000).request, true);
});

test('a complaint does not end a wait', () => {
  const requests = new KeyframeRequests();
  requests.want(0);
  requests.keyFrame(10);
  assert.deepEqual(requests.want(20), { request: false, wakeAt: 350 });
  assert.deepEqual(requests.complain(30), { request: false, wakeAt: 350 });
});

test('never two requests within 250 ms, and every need is met by a later request or key frame', () => {
  const event = fc.record({ after: fc.integer({ min: 0, max: 300 }), complaint: fc.boolean() });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 600 }), (events, latency) => {
      const run = new Run(latency);
      let lastWant = Number.NEGATIVE_INFINITY;
      for (const { after, complaint } of events) {
        run.runUntil(run.now + after);
        run.take(complaint ? run.requests.complain(run.now) : run.requests.want(run.now));
        if (!complaint) lastWant = run.now;
      }
      run.runUntil(run.now + 2000);
      for (const [index, at] of run.requestedAt.entries()) {
        if (index > 0) assert.ok(at - run.requestedAt[index - 1]! >= 250);
      }
      const served = run.requestedAt.some((at) => at + latency >= lastWant);
      assert.ok(lastWant === Number.NEGATIVE_INFINITY || served);
      assert.equal(run.requests.advance(run.now).wakeAt, Number.POSITIVE_INFINITY);
    }),
  );
});

test('a new host session is asked at once', () => {
  const requests = new KeyframeRequests();
  requests.want(0);
  requests.reset();
  assert.equal(requests.advance(10).request, false);
  assert.equal(requests.want(20).request, true);
});

test('a need that counts later is asked for then, unless a key frame comes before', () => {
  const run = new Run(20);
  run.take(run.requests.want(0, 4_000));
  run.runUntil(3_999);
  assert.deepEqual(run.requestedAt, []);
  run.runUntil(9_000);
  assert.deepEqual(run.requestedAt, [4_000]);
  run.take(run.requests.complain(10_000, 14_000));
  run.requests.keyFrame(12_000);
  run.runUntil(20_000);
  assert.deepEqual(run.requestedAt, [4_000]);
});

test('a need that counts later does not hold up one that counts now', () => {
  const run = new Run(20);
  run.take(run.requests.want(0, 4_000));
  run.take(run.requests.want(0));
  assert.deepEqual(run.requestedAt, [0]);
});
