import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SoundBuffer } from './sound-buffer.ts';

const RATE = 48_000;
const BLOCK = 128;

/** One period of a note of 480 Hz. */
const PERIOD = 100;
const NOTE = Float32Array.from({ length: PERIOD }, (_, at) => 0.5 * Math.sin((2 * Math.PI * at) / PERIOD));
/** From any place in its period on, for a packet of 10 ms at least. */
const NOTES = Float32Array.from({ length: PERIOD + 480 }, (_, at) => NOTE[at % PERIOD]!);
/** The steepest step of the note itself. */
const STEEPEST = (0.5 * 2 * Math.PI) / PERIOD;

/** A sender, a line and an output on virtual time. */
function line({ packetMs = 5, outputRate = RATE }: { packetMs?: number; outputRate?: number } = {}) {
  const buffer = new SoundBuffer({ channels: 1, sourceRate: RATE, outputRate });
  const size = (packetMs * RATE) / 1000;
  const arrivals: { at: number; packet: number }[] = [];
  /** The latest second; it goes on here. */
  const second = new Float32Array(RATE);
  let place = 0;
  const heard = () => Float32Array.of(...second.subarray(place), ...second.subarray(0, place));
  /** The largest step from one sample to the next since `listen`. */
  let roughest = 0;
  let [sent, now, lastAt, last] = [0, 0, 0, 0];
  const note = (packet: number) => {
    const from = (packet * size) % PERIOD;
    return NOTES.slice(from, from + size);
  };
  const block = new Float32Array(BLOCK);
  /** For this many ms. `delay`: of each packet; none overtakes another. `drift`: how much faster the sender's clock is. */
  const run = (
    ms: number,
    { delay = () => 0, drift = 0 }: { delay?: (packet: number) => number; drift?: number } = {},
  ) => {
    const end = now + ms;
    const every = packetMs / (1 + drift);
    let sendAt = now;
    while (now < end) {
      for (; sendAt <= now; sendAt += every, sent += 1) {
        lastAt = Math.max(lastAt, sendAt + delay(sent));
        arrivals.push({ at: lastAt, packet: sent });
      }
      while (arrivals[0] !== undefined && arrivals[0].at <= now) {
        const { packet } = arrivals.shift()!;
        buffer.push([note(packet)], packet * packetMs * 1000);
      }
      buffer.pull([block]);
      second.set(block, place);
      place = (place + BLOCK) % RATE;
      for (let at = 0; at < BLOCK; at += 1) {
        const step = Math.abs(block[at]! - last);
        if (step > roughest) roughest = step;
        last = block[at]!;
      }
      now += (BLOCK * 1000) / outputRate;
    }
  };
  const listen = () => (roughest = 0);
  return { buffer, run, heard, listen, roughest: () => roughest };
}

test('sound that arrives evenly is heard within 30 ms, unchanged and without a gap', () => {
  const { buffer, run, heard } = line();
  run(2000);
  assert.ok(buffer.report.levelMs <= 30, String(buffer.report.levelMs));
  assert.equal(buffer.report.underruns, 0);
  const sound = heard();
  const phase = NOTE.findIndex((sample, at) => sample === sound[0] && NOTE[(at + 1) % PERIOD] === sound[1]);
  assert.ok(
    sound.every((sample, at) => sample === NOTE[(phase + at) % PERIOD]),
    'another sound',
  );
});

test('of one burst after a silence only the live end is played', () => {
  const { buffer, run } = line();
  run(2000);
  run(500, { delay: (packet) => 2500 - packet * 5 });
  run(3000);
  const { underruns, skippedMs, levelMs } = buffer.report;
  assert.equal(underruns, 1);
  assert.ok(skippedMs > 300 && levelMs < 80, `${skippedMs} ms skipped, ${levelMs} ms waiting`);
});

test('jitter costs some underruns at first, then none, and no more delay than it needs', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 80 }), fc.integer(), (jitterMs, seed) => {
      const { buffer, run } = line();
      const random = randomOf(seed);
      run(15_000, { delay: () => random() * jitterMs });
      const before = buffer.report.underruns;
      assert.ok(before <= 8, `${before} underruns`);
      run(15_000, { delay: () => random() * jitterMs });
      assert.ok(buffer.report.underruns <= before + 1, `${buffer.report.underruns - before} more underruns`);
      assert.ok(buffer.report.levelMs <= jitterMs + 60, `${buffer.report.levelMs} ms for jitter of ${jitterMs}`);
    }),
    { numRuns: 6 },
  );
});

test('a packet that is late every twenty seconds is waited for, once that is known', () => {
  const { buffer, run } = line();
  run(120_000, { delay: (packet) => (packet % 4000 === 3999 ? 60 : 0) });
  const { underruns, levelMs } = buffer.report;
  assert.ok(underruns >= 1 && underruns <= 4, `${underruns} underruns`);
  assert.ok(levelMs <= 110, `${levelMs} ms`);
});

test('two clocks that differ lead to neither gaps nor delay, and to no click', () => {
  for (const drift of [-0.0005, 0.0001, 0.0005]) {
    const { buffer, run, listen, roughest } = line();
    run(5000, { drift });
    listen();
    run(60_000, { drift });
    const { underruns, skippedMs, levelMs } = buffer.report;
    assert.deepEqual([underruns, skippedMs], [0, 0], `drift ${drift}`);
    assert.ok(levelMs >= 2 && levelMs <= 40, `${levelMs} ms at drift ${drift}`);
    assert.ok(roughest() <= STEEPEST * 1.03, `${roughest()} at drift ${drift}`);
  }
});

test('an output at another rate plays the same note', () => {
  const { buffer, run, heard } = line({ outputRate: 44_100 });
  run(3000);
  assert.equal(buffer.report.underruns, 0);
  const crossings = heard()
    .slice(-44_100)
    .filter((sample, at, all) => at > 0 && sample >= 0 && all[at - 1]! < 0).length;
  assert.ok(Math.abs(crossings - 480) <= 2, String(crossings));
});

test('what is heard now has the presentation time of its packet', () => {
  const { buffer, run } = line();
  run(10_000);
  const { heardUs, levelMs } = buffer.report;
  // The next packet to come begins where the waiting ones end.
  assert.ok(Math.abs(heardUs! / 1000 + levelMs - 10_000) <= 10, `${heardUs} us, ${levelMs} ms waiting`);
});

test('whatever arrives, and however late: the delay is bounded and all output is finite', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ pull: fc.integer({ min: 1, max: 300 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = new SoundBuffer({ channels: 2, sourceRate: RATE, outputRate: RATE });
      for (const one of steps) {
        if ('push' in one) buffer.push([new Float32Array(one.push).fill(0.25)], 0);
        else
          for (let block = 0; block < one.pull; block += 1) {
            const output = [new Float32Array(BLOCK), new Float32Array(BLOCK)];
            buffer.pull(output);
            if (!output.every((plane) => plane.every((sample) => Math.abs(sample) <= 0.3)))
              assert.fail('not the sound');
          }
        const { levelMs } = buffer.report;
        assert.ok(levelMs >= 0 && levelMs <= 240, `${levelMs} ms`);
      }
    }),
  );
});

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
