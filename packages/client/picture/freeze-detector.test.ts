import assert from 'node:assert/strict';
import test from 'node:test';
import { FreezeDetector, type PictureCounters } from './freeze-detector.ts';

/** A browser on virtual time: shows and decodes what `run` is told, and looks whenever the detector asks for it. */
function browser() {
  let now = 0;
  const watch = new FreezeDetector(now);
  const counters: PictureCounters = { bytesReceived: 0, framesReceived: 0, framesDecoded: 0, connectionBytes: 0 };
  const seen: [number, string][] = [];
  const note = (): void => {
    const { kind, ...rest } = watch.picture;
    const text = 'cause' in rest && rest.cause !== null ? `${kind}: ${rest.cause}` : kind;
    if (seen.at(-1)?.[1] !== text) seen.push([now, text]);
  };
  note();
  /** For this many ms, with so many frames of `bytes` a second. */
  const run = (
    ms: number,
    o: { fps?: number; bytes?: number; decodes?: boolean; shows?: boolean; whole?: boolean; reports?: boolean } = {},
  ) => {
    const { fps = 0, bytes = 10_000, decodes = true, shows = decodes, whole = true, reports = false } = o;
    const end = now + ms;
    let frameAt = fps === 0 ? Number.POSITIVE_INFINITY : now;
    while (now < end) {
      now = Math.min(frameAt, watch.wakeAt, end);
      if (now === frameAt) {
        frameAt += 1000 / fps;
        counters.bytesReceived += bytes;
        if (whole) counters.framesReceived! += 1;
        if (decodes) counters.framesDecoded += 1;
        if (shows) watch.frameShown(now);
      }
      if (reports) counters.connectionBytes! += 100;
      if (now >= watch.wakeAt) watch.look({ ...counters }, now);
      note();
    }
  };
  return { watch, run, seen, counters, now: () => now };
}

test('a picture that stops is frozen after a second, and after three the cause is reported', () => {
  const { run, seen } = browser();
  run(5000, { fps: 30 });
  run(10_000);
  assert.deepEqual(
    seen.map(([, text]) => text),
    ['none', 'moving', 'frozen', 'frozen: network'],
  );
  const last = 5000 - 1000 / 30;
  assert.ok(seen[2]![0] - last >= 1000 && seen[2]![0] - last <= 1250, String(seen[2]![0] - last));
  assert.ok(seen[3]![0] - last >= 3000 && seen[3]![0] - last <= 3250);
});

test('while the server can still be heard, the cause is the host', () => {
  const { run, seen } = browser();
  run(1000, { fps: 30 });
  run(4000, { reports: true });
  assert.equal(seen.at(-1)![1], 'frozen: host');
});

test('the picture moves again with the first frame, and each new freeze is reported just as soon', () => {
  const { run, seen, now } = browser();
  for (let i = 0; i < 3; i++) {
    run(1000, { fps: 30 });
    const last = now() - 1000 / 30;
    run(2000);
    assert.ok(seen.at(-1)![1] === 'frozen' && seen.at(-1)![0] - last <= 1250, String(seen.at(-1)![0] - last));
  }
  const at = now();
  run(2000, { fps: 30 });
  assert.deepEqual(seen.at(-1), [at, 'moving']);
});

test('pauses below a second do not count, and a slow stream is not frozen between its frames', () => {
  const { run, seen } = browser();
  run(2000, { fps: 60 });
  for (let i = 0; i < 5; i++) {
    run(900);
    run(100, { fps: 60 });
  }
  assert.equal(seen.at(-1)![1], 'moving');
  const slow = browser();
  slow.run(60_000, { fps: 1 });
  assert.deepEqual(
    slow.seen.filter(([at]) => at > 15_000).map(([, text]) => text),
    [],
  );
});

test('a connection that never gets a picture has none, and reports why', () => {
  const silent = browser();
  silent.run(5000);
  assert.deepEqual(
    silent.seen.map(([, text]) => text),
    ['none', 'none: network'],
  );
  const undecodable = browser();
  undecodable.run(5000, { fps: 30, decodes: false });
  assert.equal(undecodable.seen.at(-1)![1], 'none: undecodable');
  assert.ok(undecodable.seen.at(-1)![0] < 5000);
});

test('bytes without a picture are either complete frames that cannot be decoded or frames that are never complete', () => {
  for (const [whole, cause] of [
    [true, 'frozen: undecodable'],
    [false, 'frozen: incomplete'],
  ] as const) {
    const { run, seen } = browser();
    run(1000, { fps: 30 });
    run(4000, { fps: 30, decodes: false, whole });
    assert.equal(seen.at(-1)![1], cause);
  }
});

test('frames that are decoded but not shown, as in a covered window, count as a moving picture', () => {
  const { run, seen } = browser();
  run(1000, { fps: 30 });
  run(10_000, { fps: 30, shows: false });
  assert.equal(seen.at(-1)![1], 'moving');
});

test('a browser that never reports shown frames is judged by what it decodes', () => {
  const { run, seen } = browser();
  run(5000, { fps: 30, shows: false });
  run(2000);
  assert.deepEqual(
    seen.map(([, text]) => text),
    ['none', 'moving', 'frozen'],
  );
});

test('a hidden picture is not judged, and the time starts over when it is shown', () => {
  const { watch, run, seen, now } = browser();
  run(1000, { fps: 30 });
  watch.setVisible(false, now());
  assert.equal(watch.wakeAt, Number.POSITIVE_INFINITY);
  run(60_000);
  watch.setVisible(true, now());
  run(900);
  assert.equal(seen.at(-1)![1], 'moving');
  run(1000);
  assert.equal(seen.at(-1)![1], 'frozen');
});

test('counters that start over on a new connection do not count as a frame', () => {
  const { watch, counters, run, seen } = browser();
  run(1000, { fps: 30 });
  run(1500);
  counters.framesDecoded = 0;
  counters.bytesReceived = 0;
  run(500);
  assert.equal(watch.picture.kind, 'frozen');
  assert.equal(seen.at(-1)![1], 'frozen');
});
