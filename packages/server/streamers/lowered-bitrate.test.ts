import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CoreOutput } from '@moonshare/sans-io';
import fc from 'fast-check';
import { type BitrateRequest, LoweredBitrate, type Viewer } from './lowered-bitrate.ts';

const ASKED = 10_000;

/** Viewers of a host that does as it is asked, on virtual time. */
class Run {
  readonly rule = new LoweredBitrate(ASKED);
  readonly requests: { at: number; kbps: number }[] = [];
  now = 0;
  kbps = ASKED;
  readonly #personOf: (viewer: number) => number;
  #wakeAt = Number.POSITIVE_INFINITY;

  /** `personOf`: each viewer is another, unless it says otherwise. */
  constructor(viewers: number, personOf: (viewer: number) => number = (viewer) => viewer) {
    this.#personOf = personOf;
    for (let viewer = 0; viewer < viewers; viewer += 1) this.isFull(viewer);
  }

  /** `networkKbps`: null: not known. */
  isShort(viewer: number, networkKbps: number | null): void {
    this.#take(this.rule.rung(this.#viewer(viewer), networkKbps, this.now));
  }

  isFull(viewer: number): void {
    this.#take(this.rule.rung(this.#viewer(viewer), undefined, this.now));
  }

  leaves(viewer: number): void {
    this.#take(this.rule.left(String(viewer), this.now));
  }

  runUntil(end: number): void {
    while (this.#wakeAt <= end) {
      this.now = this.#wakeAt;
      this.#take(this.rule.advance(this.now));
      assert.ok(this.#wakeAt > this.now);
    }
    this.now = end;
  }

  #viewer(viewer: number): Viewer {
    return { id: String(viewer), person: String(this.#personOf(viewer)) };
  }

  #take({ events, wakeAt }: CoreOutput<BitrateRequest>): void {
    this.#wakeAt = wakeAt;
    for (const { kbps } of events) {
      this.requests.push({ at: this.now, kbps });
      this.kbps = kbps;
      this.rule.applied(kbps);
    }
  }
}

describe('while most viewers are reduced', () => {
  it('the host is asked for what most of their networks carry, and not before', () => {
    const run = new Run(4);
    run.isShort(0, 4_000);
    run.isShort(1, 1_000);
    assert.deepEqual(run.requests, []);
    run.isShort(2, 5_000);
    assert.deepEqual(run.requests, [{ at: 0, kbps: 3_200 }]);
  });

  it('it is asked for a little less if nothing is known of their networks, and again after 40 s', () => {
    const run = new Run(1);
    run.isShort(0, null);
    run.runUntil(100_000);
    assert.deepEqual(run.requests, [
      { at: 0, kbps: 8_000 },
      { at: 40_000, kbps: 6_400 },
      { at: 80_000, kbps: 5_120 },
    ]);
  });

  it('it is not asked again before that, however many more become reduced', () => {
    const run = new Run(3);
    run.isShort(0, 4_000);
    run.isShort(1, 4_000);
    run.runUntil(39_999);
    run.isShort(2, 1_000);
    assert.equal(run.requests.length, 1);
  });

  it('it is never asked for less than a tenth of what was asked for', () => {
    const run = new Run(1);
    run.isShort(0, 10);
    run.runUntil(1_000_000);
    assert.deepEqual(run.requests, [{ at: 0, kbps: 1_000 }]);
  });

  it('someone with many of them counts once', () => {
    const run = new Run(12, (viewer) => Math.min(viewer, 2));
    for (let viewer = 2; viewer < 12; viewer += 1) run.isShort(viewer, 1_000);
    run.runUntil(1_000_000);
    assert.deepEqual(run.requests, []);
    run.isShort(1, 5_000);
    assert.deepEqual(run.requests, [{ at: 1_000_000, kbps: 1_000 }]);
  });

  it('someone of whose viewers most are not reduced does not count as reduced, and the middle one counts if most are', () => {
    const run = new Run(4, () => 0);
    run.isShort(0, 3_000);
    run.isShort(1, 4_000);
    run.runUntil(1_000_000);
    assert.deepEqual(run.requests, []);
    run.isShort(2, 9_000);
    assert.deepEqual(run.requests, [{ at: 1_000_000, kbps: 3_200 }]);
  });

  it('viewers that leave no longer count', () => {
    const run = new Run(3);
    run.isShort(0, 4_000);
    run.leaves(1);
    assert.deepEqual(run.requests, []);
    run.leaves(2);
    assert.deepEqual(run.requests, [{ at: 0, kbps: 3_200 }]);
  });
});

describe('once nobody is reduced any more', () => {
  it('it is raised step by step, each after a minute, to what was asked for', () => {
    const run = new Run(2);
    run.isShort(0, 5_000);
    run.isShort(1, 5_000);
    run.runUntil(10_000);
    run.isFull(0);
    run.runUntil(300_000);
    assert.equal(run.kbps, 4_000, 'one is short still');
    run.isFull(1);
    run.runUntil(1_000_000);
    assert.deepEqual(run.requests.slice(1), [
      { at: 360_000, kbps: 6_000 },
      { at: 420_000, kbps: 9_000 },
      { at: 480_000, kbps: 10_000 },
    ]);
  });

  it('a step that was too much is taken back at once, and the next one waits twice as long', () => {
    const run = new Run(1);
    run.isShort(0, 5_000);
    run.isFull(0);
    run.runUntil(60_000);
    assert.equal(run.kbps, 6_000);
    run.runUntil(66_000);
    run.isShort(0, 5_000);
    assert.deepEqual(run.requests.at(-1), { at: 66_000, kbps: 4_000 });
    run.runUntil(70_000);
    run.isFull(0);
    run.runUntil(70_000 + 119_999);
    assert.equal(run.kbps, 4_000);
    run.runUntil(70_000 + 120_000);
    assert.equal(run.kbps, 6_000);
  });

  it('an empty streamer is raised too', () => {
    const run = new Run(1);
    run.isShort(0, 5_000);
    run.leaves(0);
    run.runUntil(400_000);
    assert.equal(run.kbps, ASKED);
  });
});

it('while networks stay the same the bitrate changes ever more rarely, and settles at what most of them carry', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1_500, max: 30_000 }), { minLength: 1, maxLength: 9 }), (networks) => {
      const run = new Run(networks.length);
      const short = networks.map(() => false);
      // A viewer falls after five seconds, and is full again ten seconds after the stream has become small enough.
      for (let now = 0; now < 4_000_000; now += 5_000) {
        run.runUntil(now);
        for (const [viewer, kbps] of networks.entries()) {
          const isShort = kbps < run.kbps;
          if (isShort === short[viewer]) continue;
          // Before the call, which may change the bitrate.
          short[viewer] = isShort;
          if (isShort) run.isShort(viewer, kbps);
          else run.isFull(viewer);
        }
      }
      const changes = run.requests.filter(({ at }) => at > 400_000).length;
      assert.ok(changes <= 12, `${changes} changes in an hour`);
      assert.ok(networks.filter((kbps) => kbps >= run.kbps).length * 2 >= networks.length);
    }),
    { numRuns: 200 },
  );
});
