import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FramePacer, type Slice } from './frame-pacer.ts';
import { RecentBytes } from './recent-bytes.ts';

interface Frame {
  name: number;
  packets: Buffer[];
}

const frame = (name: number, packets: number, bytes = 1200): Frame => {
  return { name, packets: new Array<Buffer>(packets).fill(Buffer.alloc(bytes)) };
};

/** Everything that is due now. */
function due(pacer: FramePacer<Frame>, now: number, partBytes?: number): Slice<Frame>[] {
  const slices: Slice<Frame>[] = [];
  for (let slice = pacer.next(now, partBytes); slice !== null; slice = pacer.next(now, partBytes)) slices.push(slice);
  return slices;
}

/** On virtual time with timers of whole milliseconds, until nothing waits. */
function run(pacer: FramePacer<Frame>, from: number): { slices: (Slice<Frame> & { at: number })[]; end: number } {
  const slices: (Slice<Frame> & { at: number })[] = [];
  let now = from;
  for (;;) {
    for (const slice of due(pacer, now)) slices.push({ ...slice, at: now });
    const wakeAt = pacer.wakeAt(now);
    if (wakeAt === Number.POSITIVE_INFINITY) return { slices, end: now };
    now = Math.max(wakeAt, now + 1);
  }
}

describe('small frames', () => {
  it('are sent at once and whole, at 60 a second without end', () => {
    const pacer = new FramePacer<Frame>();
    for (let index = 0; index < 600; index += 1) {
      const now = (index * 1000) / 60;
      const small = frame(index, 20);
      assert.equal(pacer.add(small, now), true);
      assert.deepEqual(pacer.next(now), { frame: small, from: 0, to: 20, bytes: 24_000 });
      assert.equal(pacer.next(now), null);
      assert.equal(pacer.wakeAt(now), Number.POSITIVE_INFINITY);
    }
  });
});

describe('a large frame', () => {
  it('is sent in parts, 1 MB within six frame times, and later frames wait behind it', () => {
    const pacer = new FramePacer<Frame>();
    pacer.add(frame(1, 1000, 1000), 0);
    pacer.add(frame(2, 20), 1);
    const { slices, end } = run(pacer, 1);
    assert.ok(end > 60 && end <= 100, `${end} ms`);
    assert.ok(slices.every(({ bytes, frame: { name } }) => name === 2 || bytes <= 25_000));
    assert.deepEqual([...new Set(slices.map(({ frame: { name } }) => name))], [1, 2]);
    assert.equal(
      slices.reduce((sum, { bytes }) => sum + bytes, 0),
      1_024_000,
    );
  });

  it('is sent faster if the stream is faster', () => {
    const pacer = new FramePacer<Frame>({ queueBytes: 1e9 });
    // 60 frames of 300 KB a second: twice that is 36 000 bytes a ms.
    let now = 0;
    for (let index = 0; index < 120; index += 1) {
      now = (index * 1000) / 60;
      pacer.add(frame(index, 300, 1000), now);
      due(pacer, now);
      run(pacer, now);
    }
    now = 2010;
    pacer.add(frame(1000, 2000, 1000), now);
    const { end } = run(pacer, now);
    assert.ok(end - now < 2_000_000 / 29_000, `${end - now} ms`);
  });

  it('is sent in smaller parts if many viewers share a turn', () => {
    const pacer = new FramePacer<Frame>();
    pacer.add(frame(1, 1000, 1000), 0);
    assert.equal(pacer.next(0, 16_000)?.bytes, 16_000);
  });

  it('does not catch up after a late wake-up', () => {
    const pacer = new FramePacer<Frame>();
    pacer.add(frame(1, 1000, 1000), 0);
    pacer.next(0);
    assert.equal(pacer.next(100)?.bytes, 20_000);
  });
});

describe('a queue that is not drained', () => {
  it('refuses frames while it holds too much or too old ones', () => {
    const pacer = new FramePacer<Frame>({ queueBytes: 3_000_000, queueMs: 1000, maxRate: 10_000 });
    assert.equal(pacer.add(frame(1, 2000, 1000), 0), true);
    assert.equal(pacer.add(frame(2, 1001, 1000), 0), false);
    assert.equal(pacer.add(frame(3, 900, 1000), 1000), true);
    assert.equal(pacer.add(frame(4, 1), 1001), false);
    const { slices } = run(pacer, 1001);
    assert.deepEqual([...new Set(slices.map(({ frame: { name } }) => name))], [1, 3]);
    assert.equal(pacer.add(frame(5, 5000, 1000), 9000), true, 'an empty queue takes any frame');
  });
});

describe('any sequence of frames', () => {
  const step = fc.record({
    wait: fc.double({ min: 0, max: 40, noNaN: true }),
    packets: fc.integer({ min: 1, max: 900 }),
    late: fc.boolean(),
  });

  it('is sent once, in order, within rate and burst, from a bounded queue', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), fc.integer({ min: 1200, max: 60_000 }), (steps, partBytes) => {
        const rate = { minRate: 10_000, maxRate: 10_000, headroom: 0 };
        const limits = { ...rate, burstBytes: 100_000, queueBytes: 2_000_000, queueMs: 500 };
        const pacer = new FramePacer<Frame>(limits);
        const sent: { name: number; packet: number }[] = [];
        const bursts: { at: number; bytes: number }[] = [];
        const taken: { name: number; packet: number }[] = [];
        let [now, waiting] = [0, 0];
        const send = () => {
          for (const { frame: sentFrame, from, to, bytes } of due(pacer, now, partBytes)) {
            for (let packet = from; packet < to; packet += 1) sent.push({ name: sentFrame.name, packet });
            bursts.push({ at: now, bytes });
            waiting -= bytes;
          }
        };
        for (const [name, { wait, packets, late }] of steps.entries()) {
          const until = now + wait;
          while (!late && pacer.wakeAt(now) < until) {
            now = Math.max(pacer.wakeAt(now), now + 1);
            send();
          }
          now = Math.max(now, until);
          const added = frame(name, packets);
          if (!pacer.add(added, now)) continue;
          for (let packet = 0; packet < packets; packet += 1) taken.push({ name, packet });
          waiting += packets * 1200;
          assert.ok(waiting <= 2_000_000);
          send();
        }
        while (pacer.wakeAt(now) !== Number.POSITIVE_INFINITY) {
          now = Math.max(pacer.wakeAt(now), now + 1);
          send();
        }
        assert.deepEqual(sent, taken);
        for (const [first, { at }] of bursts.entries()) {
          let bytes = 0;
          for (const burst of bursts.slice(first)) {
            bytes += burst.bytes;
            assert.ok(bytes <= 100_000 + (burst.at - at) * 10_000 + 1, `${bytes} bytes in ${burst.at - at} ms`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('recent bytes', () => {
  it('counts those of the last one to two seconds', () => {
    const recent = new RecentBytes();
    recent.add(100, 0);
    recent.add(200, 999);
    assert.equal(recent.total(1999), 300);
    assert.equal(recent.rate(1500), 0.2);
    assert.equal(recent.total(2000), 0);
    recent.add(50, 5500);
    assert.equal(recent.total(5500), 50);
    assert.equal(recent.total(60_000), 0);
  });
});
