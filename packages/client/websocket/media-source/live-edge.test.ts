import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { LiveEdge, type Pace } from './live-edge.ts';

const RESERVE = { least: 40, most: 200, step: 20 };
const FRAME_MS = 16;

/** A browser that plays what it has got as it is told, and stops where that ends. */
class Playback {
  readonly edge = new LiveEdge(RESERVE);
  now = 0;
  atMs: number;
  newestMs = 0;
  entryMs: number | null = 0;
  rate = 1;
  jumps = 0;
  asked = 0;
  #hasRunOut = false;

  constructor(lagMs: number) {
    this.atMs = -lagMs;
  }

  get lagMs(): number {
    return this.newestMs - this.atMs;
  }

  /** Time passes, and then this much more of the stream comes. */
  step(ms: number, comesMs = ms): Pace {
    this.now += ms;
    this.atMs += ms * this.rate;
    if (this.atMs >= this.newestMs) {
      this.atMs = this.newestMs;
      if (!this.#hasRunOut) this.edge.ranOut(this.now);
    }
    this.#hasRunOut = this.atMs >= this.newestMs;
    this.newestMs += comesMs;
    const { atMs, newestMs, entryMs } = this;
    const pace = this.edge.follow({ atMs, newestMs, entryMs, beginsMs: Number.NEGATIVE_INFINITY }, this.now);
    this.rate = pace.rate;
    if (pace.jumpToMs !== null) this.atMs = pace.jumpToMs;
    this.jumps += pace.jumpToMs === null ? 0 : 1;
    this.asked += pace.askKeyFrame ? 1 : 0;
    return pace;
  }

  run(ms: number): void {
    for (const until = this.now + ms; this.now < until; ) this.step(FRAME_MS);
  }
}

test('a stream that comes evenly ends up with the least reserve, from above and from below, and then plays exactly', () => {
  for (const lag of [0, 40, 150, 300]) {
    const playback = new Playback(lag);
    playback.entryMs = -10_000;
    playback.run(6000);
    const left = playback.lagMs - FRAME_MS;
    assert.ok(left >= 5 && left <= 60, `${left} ms are left, from ${lag}`);
    assert.equal(playback.rate, 1);
    assert.deepEqual([playback.jumps, playback.asked], [0, 0]);
  }
});

test('a network that jitters gets a larger reserve, which is taken back when it is calm again', () => {
  const playback = new Playback(40);
  playback.entryMs = -10_000;
  for (let burst = 0; burst < 40; burst += 1) for (const comes of [0, 0, 0, 0, 0, 96]) playback.step(FRAME_MS, comes);
  const jittery = playback.edge.reserveMs;
  assert.ok(jittery > 40, `${jittery}`);
  playback.run(120_000);
  assert.ok(playback.edge.reserveMs < jittery);
});

test('a network that stood still is no reason for a larger reserve', () => {
  for (const [silentMs, reserve] of [
    [250, 60],
    [251, 40],
  ] as const) {
    const edge = new LiveEdge(RESERVE);
    edge.follow({ atMs: 0, newestMs: 40, entryMs: 0, beginsMs: 0 }, 0);
    edge.ranOut(silentMs);
    assert.equal(edge.reserveMs, reserve);
  }
});

test('a burst is no reason to play faster while the least that was left is right', () => {
  const edge = new LiveEdge(RESERVE);
  const rateAt = (now: number, lagMs: number) =>
    edge.follow({ atMs: now, newestMs: now + lagMs, entryMs: 0, beginsMs: 0 }, now).rate;
  assert.deepEqual([rateAt(0, 40), rateAt(100, 240), rateAt(499, 240)], [1, 1, 1]);
  assert.equal(rateAt(600, 240), 1.1);
});

test('far behind, it jumps to a newer key frame, if there is one', () => {
  const playback = new Playback(2000);
  playback.entryMs = -30;
  assert.deepEqual(playback.step(FRAME_MS), { rate: 1, jumpToMs: -30, askKeyFrame: false });
  playback.run(2000);
  assert.deepEqual([playback.jumps, playback.asked], [1, 0]);
});

test('otherwise it plays faster until it is live again, and asks for a key frame if that would take long', () => {
  const behind = new Playback(600);
  behind.entryMs = -10_000;
  assert.deepEqual(behind.step(FRAME_MS), { rate: 2, jumpToMs: null, askKeyFrame: false });
  behind.run(1000);
  assert.ok(behind.lagMs < 120, `${behind.lagMs}`);
  const hopeless = new Playback(20_000);
  hopeless.entryMs = -30_000;
  assert.equal(hopeless.step(FRAME_MS).askKeyFrame, true);
  hopeless.run(900);
  assert.equal(hopeless.asked, 1);
  hopeless.run(200);
  assert.equal(hopeless.asked, 2);
  hopeless.entryMs = hopeless.newestMs;
  hopeless.step(FRAME_MS);
  assert.ok(hopeless.lagMs < 50, `${hopeless.lagMs}`);
});

test('sound, which can be decoded from anywhere, jumps to just behind the newest', () => {
  const playback = new Playback(2000);
  playback.entryMs = null;
  playback.step(FRAME_MS);
  assert.deepEqual([playback.jumps, playback.lagMs], [1, 40]);
});

test('what is not held any more is left for the oldest that is', () => {
  const edge = new LiveEdge(RESERVE);
  const pace = edge.follow({ atMs: 0, newestMs: 50, entryMs: 30, beginsMs: 30 }, 0);
  assert.deepEqual(pace, { rate: 1, jumpToMs: 30, askKeyFrame: false });
});

test('the picture waits a little for its sound', () => {
  const playback = new Playback(60);
  const edge = new LiveEdge(RESERVE);
  const at = { atMs: 0, newestMs: 60, entryMs: 0, beginsMs: 0 };
  assert.equal(edge.follow(at, 0, 100).rate < 1, true);
  assert.equal(edge.follow(at, 16, 1000).rate < 1, true);
  assert.equal(playback.edge.follow(at, 0).rate, 1.02);
});

test('however it comes, it is played at a sensible rate, and two seconds of an even stream later it is live', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 800 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(steps, fc.boolean(), (all, hasKeyFrames) => {
      const playback = new Playback(40);
      for (const [ms, comes] of all) {
        if (hasKeyFrames) playback.entryMs = playback.newestMs;
        const { rate, jumpToMs } = playback.step(ms, comes);
        assert.ok(rate >= 0.9 && rate <= 2, `${rate}`);
        if (jumpToMs !== null) assert.ok(jumpToMs <= playback.newestMs);
      }
      // A key frame comes when it is asked for.
      for (let ms = 0; ms < 4000; ms += FRAME_MS) {
        const { askKeyFrame } = playback.step(FRAME_MS);
        if (askKeyFrame) playback.entryMs = playback.newestMs;
      }
      assert.ok(playback.lagMs <= RESERVE.most + 60, `${playback.lagMs}`);
    }),
  );
});
