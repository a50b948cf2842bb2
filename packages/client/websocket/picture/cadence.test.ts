import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Cadence } from './cadence.ts';

/** Frames of 60 Hz that arrive as `delay` says, shown on virtual time: when each was shown, ms; those left out are missing. */
function play(frames: number, { delay, startUs = 5_000_000 }: { delay: (frame: number) => number; startUs?: number }) {
  const cadence = new Cadence<number>();
  const shown: { frame: number; at: number }[] = [];
  const dropped: number[] = [];
  let now = 0;
  const show = () => {
    const due = cadence.due(now);
    dropped.push(...due.dropped);
    if (due.show !== null) shown.push({ frame: due.show, at: now });
    return due.wakeAt;
  };
  const interval = 1000 / 60;
  let arrivesAt = 0;
  let wakeAt = Number.POSITIVE_INFINITY;
  for (let frame = 0; frame < frames; frame += 1) {
    arrivesAt = Math.max(arrivesAt, frame * interval + delay(frame));
    while (wakeAt <= arrivesAt) {
      now = Math.max(now, wakeAt);
      wakeAt = show();
    }
    now = Math.max(now, arrivesAt);
    cadence.add(frame, Math.round(startUs + frame * interval * 1000), now);
    wakeAt = show();
  }
  while (wakeAt < Number.POSITIVE_INFINITY) {
    now = Math.max(now, wakeAt);
    wakeAt = show();
  }
  return { cadence, shown, dropped, late: shown.map(({ frame, at }) => at - frame * interval) };
}

test('frames that arrive evenly are shown at once', () => {
  const { late, dropped } = play(300, { delay: () => 20 });
  assert.ok(
    late.every((ms) => Math.abs(ms - 20) < 0.1),
    String(Math.max(...late)),
  );
  assert.deepEqual(dropped, []);
});

test('frames that arrive unevenly are shown evenly, by their presentation times', () => {
  const { late } = play(600, { delay: (frame) => 20 + (frame % 3) * 8 });
  const settled = late.slice(120);
  assert.ok(Math.max(...settled) - Math.min(...settled) <= 1, `${Math.min(...settled)} to ${Math.max(...settled)}`);
  assert.ok(Math.max(...settled) < 20 + 16.1);
});

test('one frame in a hundred that is late costs the others no delay', () => {
  const { late } = play(1000, { delay: (frame) => (frame % 100 === 50 ? 50 : 10) });
  assert.ok(late.filter((ms) => ms < 10.1).length > 950);
});

test('after a stall of two seconds the newest frames are shown at once, not played back', () => {
  const { shown, late } = play(600, {
    delay: (frame) => (frame >= 200 && frame < 320 ? (320 - frame) * (1000 / 60) : 0),
  });
  assert.ok(late.at(-1)! < 1, String(late.at(-1)));
  const atOnce = shown.filter(({ at }) => Math.abs(at - 320 * (1000 / 60)) < 1);
  assert.ok(atOnce.length >= 1);
});

test('a host whose clock starts over delays nothing, and frames are evened out as before', () => {
  const cadence = new Cadence<string>();
  for (let frame = 0; frame < 60; frame += 1) {
    cadence.add('before', 60_000_000 + frame * 16_667, frame * 16.667);
    assert.equal(cadence.due(frame * 16.667).show, 'before');
  }
  // Evened out as before: every third frame is 15 ms early, so it has to wait.
  const waits = Array.from({ length: 120 }, (_, frame) => {
    const now = 1000 + frame * 16.667 + (frame % 3 === 0 ? 0 : 15);
    cadence.add('after', frame * 16_667, now);
    const { show, wakeAt } = cadence.due(now);
    const waitMs = show === 'after' ? 0 : wakeAt - now;
    cadence.due(now + 16);
    return waitMs;
  });
  assert.ok(
    waits.slice(60).every((ms, at) => (at % 3 === 0 ? Math.abs(ms - 15) < 1 : ms < 1)),
    waits.join(' '),
  );
});

test('the picture waits for sound that is heard much later, but only so long', () => {
  const showsAfter = (soundLagMs: number | null) => {
    const cadence = new Cadence<number>();
    for (let frame = 0; frame < 10; frame += 1) {
      cadence.add(frame, frame * 16_667, frame * 16.667);
      cadence.due(frame * 16.667);
    }
    const now = 10 * 16.667;
    cadence.heard(soundLagMs === null ? null : (now - soundLagMs) * 1000, now);
    cadence.add(10, 166_670, now);
    const { show, wakeAt } = cadence.due(now);
    return show === 10 ? 0 : wakeAt - now;
  };
  assert.equal(showsAfter(null), 0);
  assert.equal(showsAfter(110), 0);
  assert.ok(Math.abs(showsAfter(160) - 40) < 0.1, String(showsAfter(160)));
  assert.ok(Math.abs(showsAfter(400) - 60) < 0.1);
  assert.equal(showsAfter(5000), 0);
});

test('whatever arrives, and whenever: each frame is shown or skipped, in order, and none waits longer than 60 ms', () => {
  const step = fc.record({ timeUs: fc.integer({ min: 0, max: 10_000_000 }), after: fc.integer({ min: 0, max: 300 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cadence = new Cadence<number>();
      const out: number[] = [];
      const addedAt: number[] = [];
      let now = 0;
      let wakeAt = Number.POSITIVE_INFINITY;
      const show = () => {
        const due = cadence.due(now);
        for (const frame of [...due.dropped, ...(due.show === null ? [] : [due.show])]) {
          assert.ok(now - addedAt[frame]! <= 60.001, `${now - addedAt[frame]!} ms`);
          out.push(frame);
        }
        wakeAt = due.wakeAt;
      };
      const runTo = (end: number) => {
        while (wakeAt <= end) {
          now = Math.max(now, wakeAt);
          show();
        }
        now = end;
      };
      for (const [frame, { timeUs, after }] of steps.entries()) {
        runTo(now + after);
        addedAt.push(now);
        cadence.add(frame, timeUs, now);
        show();
      }
      runTo(now + 1000);
      assert.deepEqual(
        out,
        steps.map((_, frame) => frame),
      );
    }),
  );
});
