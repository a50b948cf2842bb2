import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SendWindow, type WindowEvent, type WindowFrame } from './send-window.ts';
import { SimulatedLine } from './testing/simulated-line.ts';

const key = (number: number, bytes = 10_000): WindowFrame => ({ number, bytes, isKey: true });
const delta = (number: number, bytes = 1_000): WindowFrame => ({ number, bytes, isKey: false });
const received = (number: number, queued = 0) => ({ received: number, shown: number, queued });

const sent = ({ events }: { events: WindowEvent<WindowFrame>[] }) =>
  events.flatMap((event) => (event.type === 'send' ? [event.frame.number] : []));
const types = ({ events }: { events: WindowEvent<WindowFrame>[] }) => events.map(({ type }) => type);

/** A window of which nothing has been acknowledged, with a key frame of this size under way since 0. */
function begun(bytes: number): SendWindow<WindowFrame> {
  const window = new SendWindow<WindowFrame>();
  assert.deepEqual(sent(window.offer(key(0, bytes), 0)), [0]);
  return window;
}

/** A window whose gate is closed: frame 0 is under way since 0, and what came after it was given up at 1000. */
function closed(bytes = 100_000): SendWindow<WindowFrame> {
  const window = begun(bytes);
  assert.deepEqual(types(window.offer(delta(1), 10)), []);
  assert.deepEqual(types(window.advance(1_000)), []);
  assert.equal(window.framesDropped, 1);
  return window;
}

describe('the window of a viewer', () => {
  it('begins with a key frame, and does not ask for it: whoever added the viewer does', () => {
    const window = new SendWindow<WindowFrame>();
    assert.deepEqual(window.offer(delta(5), 0), { events: [], wakeAt: Number.POSITIVE_INFINITY });
    assert.deepEqual(window.offer(key(6), 1).events, [{ type: 'send', frame: key(6), isAfterGap: false }]);
    assert.deepEqual(sent(window.offer(delta(7), 2)), [7]);
  });

  it('lets frames wait when enough is under way, and sends them when it has arrived', () => {
    const window = begun(64 * 1024);
    assert.deepEqual(sent(window.offer(delta(1), 10)), []);
    assert.deepEqual(sent(window.offer(delta(2), 20)), []);
    assert.deepEqual(sent(window.acknowledge(received(0), 50)), [1, 2]);
    assert.equal(window.underWayBytes, 2_000);
  });

  it('lets a key frame wait until half of it is free, and then sends it however large it is', () => {
    const window = begun(10_000);
    assert.deepEqual(sent(window.offer(delta(1, 30_000), 10)), [1]);
    assert.deepEqual(sent(window.offer(key(2, 1_000_000), 20)), []);
    assert.deepEqual(sent(window.acknowledge(received(0), 30)), [2]);
  });

  it('grows by what has arrived if something had to wait, and only then', () => {
    const window = begun(60_000);
    window.acknowledge(received(0), 20);
    assert.deepEqual(sent(window.offer(delta(1, 60_000), 30)), [1]);
    assert.deepEqual(sent(window.offer(delta(2, 6_000), 40)), []);
    assert.deepEqual(sent(window.acknowledge(received(1), 50)), [2]);
    window.acknowledge(received(2), 70);
    const size = 64 * 1024 + 60_000;
    assert.deepEqual(sent(window.offer(delta(3, size - 1_000), 80)), [3]);
    assert.deepEqual(sent(window.offer(delta(4, 1_001), 90)), []);
  });

  it('never grows when frames arrive late, however fast the line was before', () => {
    const window = begun(600_000);
    window.acknowledge(received(0), 20);
    window.offer(delta(1), 30);
    window.acknowledge(received(1), 350);
    assert.deepEqual(sent(window.offer(delta(2, 60_000), 360)), [2]);
    assert.deepEqual(sent(window.offer(delta(3, 60_000), 361)), []);
  });

  it('counts the sound between two frames as under way', () => {
    const window = begun(1_000);
    window.takesSound(30_000, 5);
    window.offer(delta(1), 10);
    assert.equal(window.underWayBytes, 32_000);
  });

  it('lets frames wait for 400 ms until something is known of the line, and for 300 ms after that', () => {
    const window = begun(64 * 1024);
    assert.equal(window.offer(delta(1), 10).wakeAt, 410);
    window.acknowledge(received(0), 50);
    window.acknowledge(received(1), 60);
    window.offer(delta(2, 64 * 1024), 70);
    assert.equal(window.offer(delta(3, 100_000), 80).wakeAt, 380);
  });

  it('knows the network while that is the limit: when frames were given up for it, and ten seconds longer', () => {
    const window = begun(10_000);
    window.acknowledge(received(0), 20);
    window.offer(delta(1, 60_000), 30);
    window.offer(delta(2, 60_000), 40);
    assert.equal(window.networkKbps(339), null);
    window.advance(340);
    assert.notEqual(window.networkKbps(340), null);
    window.acknowledge(received(1), 350);
    assert.notEqual(window.networkKbps(10_000), null);
    assert.equal(window.networkKbps(20_000), null);
  });

  it('closes the gate when a frame has waited for too long, and asks for a key frame once there is room', () => {
    const window = closed();
    assert.deepEqual(types(window.offer(delta(2), 1_010)), []);
    const needed = window.acknowledge(received(0), 1_500);
    assert.deepEqual(needed.events, [{ type: 'keyFrameNeeded', isRepeated: false }]);
    assert.deepEqual(types(window.offer(delta(3), 1_510)), []);
    const { events } = window.offer(key(4), 1_600);
    assert.deepEqual(events, [{ type: 'send', frame: key(4), isAfterGap: true }]);
    assert.deepEqual(sent(window.offer(delta(5), 1_610)), [5]);
    assert.equal(window.framesDropped, 3);
  });

  it('does not ask for one while nothing comes back, or while the decoder has too many frames', () => {
    const silent = begun(1_000);
    silent.offer(delta(1), 600);
    assert.deepEqual(types(silent.advance(1_000)), []);
    assert.deepEqual(types(silent.acknowledge(received(0), 1_100)), ['keyFrameNeeded']);
    const busy = begun(1_000);
    busy.acknowledge(received(0, 31), 10);
    busy.offer(delta(1), 20);
    assert.deepEqual(types(busy.advance(320)), []);
    assert.deepEqual(types(busy.acknowledge(received(0, 10), 400)), ['keyFrameNeeded']);
  });

  it('asks again until the key frame came', () => {
    const window = closed();
    let output = window.acknowledge(received(0), 1_500);
    for (let now = 2_000; now <= 4_000; now += 500) {
      assert.equal(output.wakeAt, now);
      assert.deepEqual(types(window.advance(now - 1)), []);
      output = window.advance(now);
      assert.deepEqual(output.events, [{ type: 'keyFrameNeeded', isRepeated: true }]);
    }
    assert.deepEqual(sent(window.offer(key(9), 4_100)), [9]);
    assert.deepEqual(window.advance(10_000), { events: [], wakeAt: Number.POSITIVE_INFINITY });
  });

  it('does not give up a key frame that waits for another one', () => {
    const window = closed();
    assert.deepEqual(types(window.offer(key(2), 1_100)), []);
    assert.deepEqual(types(window.offer(key(3), 1_200)), []);
    assert.deepEqual(types(window.offer(delta(4), 1_210)), []);
    const { events } = window.acknowledge(received(0), 1_300);
    assert.deepEqual(events, [
      { type: 'send', frame: key(2), isAfterGap: true },
      { type: 'keyFrameNeeded', isRepeated: false },
    ]);
  });

  it('gives up a key frame that has waited for too long', () => {
    const window = closed();
    assert.equal(window.offer(key(2), 1_100).wakeAt, 1_600);
    window.advance(1_600);
    assert.deepEqual(types(window.acknowledge(received(0), 1_700)), ['keyFrameNeeded']);
  });

  it('goes on with a key frame behind the frames that waited for too long', () => {
    const window = begun(100_000);
    window.offer(delta(1), 10);
    window.offer(delta(2), 20);
    window.offer(key(3), 400);
    window.offer(delta(4), 410);
    window.advance(640);
    assert.equal(window.framesDropped, 2);
    const { events } = window.acknowledge(received(0), 700);
    assert.deepEqual(events, [
      { type: 'send', frame: key(3), isAfterGap: true },
      { type: 'send', frame: delta(4), isAfterGap: false },
    ]);
  });

  it('sends no frame whose reference was kept from the viewer before it came here', () => {
    const window = begun(1_000);
    assert.deepEqual(types(window.offer(delta(2), 10)), ['keyFrameNeeded']);
    assert.deepEqual(window.offer(key(5), 20).events, [{ type: 'send', frame: key(5), isAfterGap: true }]);
  });

  it('counts the frames of a stream past the end of 32 bits', () => {
    const window = new SendWindow<WindowFrame>();
    window.offer(key(0xffff_ffff), 0);
    assert.deepEqual(window.offer(delta(0), 1).events, [{ type: 'send', frame: delta(0), isAfterGap: false }]);
    const acknowledgement = { received: 0, shown: 0xffff_ffff, queued: 0 };
    window.acknowledge(acknowledgement, 10);
    assert.deepEqual([window.underWayBytes, window.stray], [0, 0]);
  });

  it('sends nothing more after 500 ms without an answer, however little is under way', () => {
    const window = begun(1_000);
    window.roundTrip(20, 1);
    assert.deepEqual(sent(window.offer(delta(1), 519)), [1]);
    assert.deepEqual(sent(window.offer(delta(2), 521)), []);
    assert.deepEqual(sent(window.acknowledge(received(1), 530)), [2]);
  });

  it('waits for a decoder that has too many frames', () => {
    const window = begun(1_000);
    window.acknowledge(received(0, 31), 10);
    assert.deepEqual(sent(window.offer(delta(1), 20)), []);
    assert.deepEqual(sent(window.acknowledge(received(0, 11), 30)), []);
    assert.deepEqual(sent(window.acknowledge(received(0, 10), 40)), [1]);
  });

  it('lets sound pass while the gate is closed, until nothing has come back for two seconds', () => {
    const window = closed(1_000_000);
    assert.equal(window.takesSound(100, 1_000), true);
    assert.equal(window.takesSound(100, 3_000), true);
    assert.equal(window.takesSound(100, 3_001), false);
    window.roundTrip(10, 3_100);
    assert.equal(window.takesSound(100, 3_100), true);
    assert.equal(window.takesSound(64 * 1024, 3_110), false);
    window.acknowledge(received(0), 3_200);
    assert.equal(window.takesSound(64 * 1024, 3_210), true);
  });

  it('waits for what comes back as much longer as a round trip takes', () => {
    const window = new SendWindow<WindowFrame>();
    window.roundTrip(500, 0);
    assert.equal(window.takesSound(100, 0), true);
    assert.equal(window.takesSound(100, 2_500), true);
    assert.equal(window.takesSound(100, 2_501), false);
  });

  it('sends no more sound because the same frame is acknowledged again and again: it may be all that has arrived', () => {
    const window = begun(1_000);
    window.acknowledge(received(0), 10);
    for (let now = 1_000; now <= 3_000; now += 100) {
      window.acknowledge(received(0), now);
      assert.equal(window.takesSound(100, now), true);
    }
    window.acknowledge(received(0), 3_100);
    assert.equal(window.takesSound(100, 3_100), false);
    window.roundTrip(10, 3_200);
    assert.equal(window.takesSound(100, 3_200), true);
  });

  it('ignores and counts acknowledgements of what was not sent, and says when they do not end', () => {
    const window = begun(50_000);
    window.offer(delta(1), 10);
    window.acknowledge(received(1), 20);
    window.offer(delta(2), 30);
    const wrong = [
      received(3), // the future
      received(0), // backwards
      received(0xffff_ffff),
      { received: 2, shown: 3, queued: 0 },
    ];
    for (let count = 0; count < 99; count += 1) {
      assert.deepEqual(types(window.acknowledge(wrong[count % wrong.length]!, 40)), []);
      assert.equal(window.underWayBytes, 1_000);
    }
    assert.deepEqual(types(window.acknowledge(received(9), 50)), ['misbehaved']);
    assert.deepEqual(types(window.acknowledge(received(9), 50)), []);
    assert.equal(window.stray, 101);
    window.acknowledge(received(1), 60); // what it said last
    assert.equal(window.stray, 101);
  });

  it('survives events in any order', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('frame' as const),
        isKey: fc.boolean(),
        bytes: fc.integer({ min: 1, max: 200_000 }),
      }),
      fc.record({ kind: fc.constant('skip' as const) }),
      fc.record({
        kind: fc.constant('acknowledge' as const),
        back: fc.integer({ min: -2, max: 20 }),
        queued: fc.nat(60),
      }),
      fc.record({ kind: fc.constantFrom('sound' as const, 'ping' as const, 'wake' as const) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.integer({ min: 0, max: 400 })), { maxLength: 150 }), (steps) => {
        const window = new SendWindow<WindowFrame>();
        let now = 0;
        let number = 0xffff_fff0;
        const all: number[] = [];
        const keys = new Set<number>();
        const take = (output: { events: WindowEvent<WindowFrame>[]; wakeAt: number }) => {
          assert.ok(output.wakeAt > now, 'it asks to be called at once');
          all.push(...sent(output));
        };
        for (const [taken, ms] of steps) {
          now += ms;
          if (taken.kind === 'frame') {
            if (taken.isKey) keys.add(number);
            take(window.offer({ number, bytes: taken.bytes, isKey: taken.isKey }, now));
          }
          if (taken.kind === 'frame' || taken.kind === 'skip') number = (number + 1) >>> 0;
          if (taken.kind === 'acknowledge')
            take(window.acknowledge(received((number - taken.back) >>> 0, taken.queued), now));
          if (taken.kind === 'sound') window.takesSound(200, now);
          if (taken.kind === 'ping') window.roundTrip(ms, now);
          if (taken.kind === 'wake') take(window.advance(now));
        }
        for (const [index, frame] of all.entries())
          if (!keys.has(frame)) assert.equal(frame, (all[index - 1]! + 1) >>> 0, 'its reference was sent just before');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a line on virtual time', () => {
  const MBIT = 125;
  const streams = fc
    .record({
      fps: fc.constantFrom(30, 60, 120),
      kbps: fc.integer({ min: 1_000, max: 25_000 }),
      keyFactor: fc.integer({ min: 2, max: 8 }),
    })
    .map(({ fps, kbps, keyFactor }) => {
      const frameBytes = Math.round((kbps / 8 / fps) * 1_000);
      return { fps, frameBytes, keyBytes: frameBytes * keyFactor, kbps };
    });
  const delays = fc.integer({ min: 0, max: 150 });
  const others = fc.constantFrom(undefined, 500, 2_000);

  /** What holds for every viewer: frames in order, each with its reference. */
  function checkOrder({ delivered }: SimulatedLine): void {
    let last: number | null = null;
    for (const { frame, isAfterGap } of delivered) {
      const isGap: boolean = last !== null && frame.number !== last + 1;
      assert.equal(isAfterGap, isGap);
      assert.ok(frame.isKey || (last !== null && !isGap), `frame ${frame.number} came without its reference`);
      last = frame.number;
    }
  }

  it('of any rate leaves the viewer and its sound about a second behind at most, apart from the time that a key frame takes', () => {
    const rates = fc.integer({ min: 1_000, max: 100_000 }).map((kbps) => kbps / 8);
    fc.assert(
      fc.property(rates, delays, streams, others, (rate, delayMs, stream, othersEveryMs) => {
        const line = new SimulatedLine({
          bytesPerMs: () => rate,
          delayMs,
          stream,
          ...(othersEveryMs === undefined ? {} : { othersEveryMs }),
        }).run(8_000);
        checkOrder(line);
        const bound = 1_000 + (stream.keyBytes + stream.frameBytes) / rate + 2 * delayMs;
        for (const { delay, frame } of line.delivered) assert.ok(delay <= bound, `frame ${frame.number}: ${delay} ms`);
        for (const delay of line.soundDelays) assert.ok(delay <= bound, `sound: ${delay} ms`);
        const most = Math.max(64 * 1024, rate * (1_000 + 2 * delayMs)) + stream.keyBytes + 64 * 1024;
        assert.ok(line.mostUnderWay <= most, `${line.mostUnderWay} bytes under way, ${most} expected`);
        assert.ok(line.neededAt.length <= line.delivered.filter(({ frame }) => frame.isKey).length);
        if (stream.keyBytes / rate < 1_500) assert.equal(line.soundRefused, 0);
      }),
      { numRuns: 40 },
    );
  });

  it('that carries half as much again as the stream loses nothing once it is known', () => {
    fc.assert(
      fc.property(delays, streams, others, (delayMs, stream, othersEveryMs) => {
        const withKeys = stream.kbps + (othersEveryMs === undefined ? 0 : (stream.keyBytes * 8) / othersEveryMs);
        const line = new SimulatedLine({
          bytesPerMs: () => (withKeys / 8) * 1.5,
          delayMs,
          stream,
          ...(othersEveryMs === undefined ? {} : { othersEveryMs }),
        }).run(10_000);
        checkOrder(line);
        assert.deepEqual(
          line.neededAt.filter((at) => at > 4_000),
          [],
        );
        const lastSecond = line.delivered.filter(({ at }) => at > 9_000).length;
        assert.ok(lastSecond >= stream.fps - 2, `${lastSecond} of ${stream.fps} frames`);
      }),
      { numRuns: 40 },
    );
  });

  it('that is too slow is known by what it carries, and settles', () => {
    const shares = fc.integer({ min: 10, max: 85 }).map((percent) => percent / 100);
    fc.assert(
      fc.property(shares, fc.integer({ min: 0, max: 60 }), streams, (share, delayMs, stream) => {
        const kbps = stream.kbps * share;
        fc.pre(kbps > 1_000);
        const line = new SimulatedLine({ bytesPerMs: () => kbps / 8, delayMs, stream }).run(10_000);
        const estimates: number[] = [];
        while (line.now < 20_000) {
          line.run(line.now + 500);
          const estimate = line.window.networkKbps(line.now);
          assert.ok(estimate !== null, 'the line is the limit');
          estimates.push(estimate);
        }
        for (const estimate of estimates)
          assert.ok(estimate > kbps * 0.6 && estimate < kbps * 1.5, `${estimate} of ${kbps} kbit/s`);
      }),
      { numRuns: 25 },
    );
  });

  it('that stalls costs what was on it and one key frame, and is as fast as before afterwards', () => {
    const stalls = fc.record({
      at: fc.integer({ min: 3_000, max: 4_000 }),
      ms: fc.integer({ min: 1_000, max: 6_000 }),
    });
    fc.assert(
      fc.property(stalls, fc.integer({ min: 0, max: 60 }), streams, ({ at, ms }, delayMs, stream) => {
        const rate = (stream.kbps / 8) * 2;
        const isStalled = (now: number) => now >= at && now < at + ms;
        const bytesPerMs = (now: number) => (isStalled(now) ? 0 : rate);
        const line = new SimulatedLine({ bytesPerMs, delayMs, stream }).run(at + ms + 5_000);
        checkOrder(line);
        assert.deepEqual(
          line.neededAt.filter((needed) => needed >= at && needed < at + ms),
          [],
        );
        const afterwards = line.delivered.filter((each) => each.at > at + ms + 1_000 + stream.keyBytes / rate);
        for (const { delay } of afterwards)
          assert.ok(delay <= 1_000 + stream.keyBytes / rate + 2 * delayMs, `${delay} ms`);
        assert.ok(line.neededAt.filter((needed) => needed >= at).length <= 2);
        assert.ok(afterwards.length >= stream.fps * 2);
      }),
      { numRuns: 25 },
    );
  });

  it('whose rate changes at any moment never shows a frame without its reference, nor the past for long', () => {
    const change = fc.record({
      ms: fc.integer({ min: 200, max: 3_000 }),
      kbps: fc.integer({ min: 1_000, max: 40_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        delays,
        streams,
        others,
        (changes, delayMs, stream, othersEveryMs) => {
          const bytesPerMs = (now: number) => {
            let end = 0;
            for (const { ms, kbps } of changes) {
              end += ms;
              if (now < end) return kbps / 8;
            }
            return changes.at(-1)!.kbps / 8;
          };
          const line = new SimulatedLine({
            bytesPerMs,
            delayMs,
            stream,
            ...(othersEveryMs === undefined ? {} : { othersEveryMs }),
          });
          line.run(10_000);
          checkOrder(line);
          // What is under way on a line of 40 Mbit/s takes one of 1 Mbit/s much longer; once that has come, it is over.
          const rate = bytesPerMs(10_000);
          const bound = 1_000 + stream.keyBytes / rate + 2 * delayMs;
          const settledAt = changes.reduce((sum, { ms }) => sum + ms, 0) + line.mostUnderWay / rate + bound;
          for (const { at, delay } of line.delivered) if (at > settledAt) assert.ok(delay <= bound, `${delay} ms`);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('that carries everything with ease is acknowledged less often, and loses nothing by that', () => {
    fc.assert(
      fc.property(delays, streams, fc.boolean(), others, (delayMs, stream, isOldBrowser, othersEveryMs) => {
        const line = new SimulatedLine({
          bytesPerMs: () => 100 * MBIT,
          delayMs,
          stream,
          isOldBrowser,
          ...(othersEveryMs === undefined ? {} : { othersEveryMs }),
        }).run(5_000);
        const before = line.acknowledgements;
        line.run(10_000);
        checkOrder(line);
        const count = line.acknowledgements - before;
        if (isOldBrowser) assert.ok(count >= 45, `${count} in 5 s`);
        else if (stream.kbps < 8_000 && delayMs < 50 && othersEveryMs === undefined)
          assert.ok(count <= 30, `${count} in 5 s`);
        // A key frame may have to wait for the frames before it, however often they are acknowledged.
        if (othersEveryMs !== undefined) return;
        const settled = line.delivered.filter(({ at }) => at > 5_000);
        for (const { delay, frame } of settled)
          assert.ok(delay <= delayMs + 10 + stream.keyBytes / (100 * MBIT), `frame ${frame.number}: ${delay} ms`);
      }),
      { numRuns: 40 },
    );
  });

  it('that breaks down while it is acknowledged rarely has no more on it than half a megabyte, and is soon live again', () => {
    for (const kbps of [4_000, 10_000, 20_000])
      for (const slowKbps of [500, 2_000]) {
        const frameBytes = Math.round(kbps / 8 / 0.06);
        const stream = { fps: 60, frameBytes, keyBytes: frameBytes * 3 };
        const bytesPerMs = (now: number) => (now < 6_000 ? 100 * MBIT : slowKbps / 8);
        const line = new SimulatedLine({ bytesPerMs, delayMs: 10, stream }).run(5_000);
        const before = line.acknowledgements;
        line.run(6_000);
        assert.ok(line.acknowledgements - before <= 10, 'it is acknowledged rarely');
        line.run(30_000);
        const most = 512 * 1024 + stream.keyBytes + 64 * 1024;
        assert.ok(line.mostUnderWay <= most, `${line.mostUnderWay} bytes, ${most} expected`);
        const settledAt = 6_000 + (line.mostUnderWay + stream.keyBytes) / (slowKbps / 8) + 2_000;
        const bound = 1_000 + stream.keyBytes / (slowKbps / 8);
        for (const { at, delay } of line.delivered) if (at > settledAt) assert.ok(delay <= bound, `${delay} ms`);
      }
  });

  it('gets no key frame from a host that does not answer, and asks every half second', () => {
    const stream = { fps: 60, keyBytes: 80_000, frameBytes: 20_000 };
    const answers = (now: number) => now > 4_000;
    const line = new SimulatedLine({ bytesPerMs: () => MBIT, delayMs: 10, stream, answers }).run(6_000);
    const gaps = line.neededAt.filter((at) => at < 4_500).map((at, index, all) => at - (all[index - 1] ?? at - 500));
    assert.ok(gaps.length >= 6);
    assert.deepEqual(new Set(gaps), new Set([500]));
    assert.ok(line.delivered.some(({ at }) => at > 4_500));
  });
});
