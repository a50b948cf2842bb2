import assert from 'node:assert/strict';
import test from 'node:test';
import { StallDetector } from './stall-detector.ts';

/** A browser and its server on virtual time: frames, reports and answers come as `run` is told. */
function connection() {
  let now = 0;
  const watch = new StallDetector(now);
  const counters = { frames: 0, bytes: 0 };
  const asked: number[] = [];
  let lostAt: number | null = null;
  let lostBy: string | null = null;
  let stallingAt: number | null = null;
  let sentAt: number | null = null;
  /** For this many ms. `sends`: the host's picture reaches the streamer; `arrives`: what the streamer sends reaches the browser. */
  const run = (
    ms: number,
    o: { fps?: number; sends?: boolean; arrives?: boolean; reports?: boolean; answerMs?: number | null } = {},
  ) => {
    const { fps = 60, sends = true, arrives = true, reports = arrives, answerMs = 20 } = o;
    const end = now + ms;
    let answerAt = Number.POSITIVE_INFINITY;
    /** As the server measures it when the question arrives. */
    let ageMs: number | null = null;
    let frameAt = now;
    while (now < end && lostAt === null) {
      now = Math.min(Math.max(now, watch.wakeAt), answerAt, frameAt, end);
      if (now === frameAt) {
        frameAt += 1000 / fps;
        if (sends) sentAt = now;
        if (sends && arrives) counters.frames += 1;
        if (reports) counters.bytes += 100;
      }
      if (now === answerAt) {
        answerAt = Number.POSITIVE_INFINITY;
        watch.answered(now);
        watch.frameSent(ageMs, now);
      }
      if (now < watch.wakeAt) continue;
      const verdict = watch.look({ ...counters }, now);
      if (verdict === 'ask') {
        asked.push(now);
        ageMs = sentAt === null ? null : now - sentAt;
        if (answerMs !== null) answerAt = now + answerMs;
      }
      if (verdict === 'stalling') stallingAt ??= now;
      if (verdict === 'stalled' || verdict === 'unanswered') {
        lostAt = now;
        lostBy = verdict;
      }
    }
  };
  return {
    watch,
    run,
    asked,
    now: () => now,
    lostAt: () => lostAt,
    lostBy: () => lostBy,
    stallingAt: () => stallingAt,
  };
}

test('with a moving picture the server is asked once, to learn how long answers take', () => {
  const { run, asked, lostAt } = connection();
  run(60_000);
  assert.equal(asked.length, 1);
  assert.equal(lostAt(), null);
});

test('a server that is held up while the picture moves is waited for; once the picture stops too, the connection is lost', () => {
  const { run, asked, lostAt, lostBy, watch, now } = connection();
  run(5000);
  watch.networkChanged(now());
  run(20_000, { answerMs: null });
  assert.equal(asked.length, 2);
  assert.equal(lostAt(), null);
  run(5000, { arrives: false, answerMs: null });
  assert.equal(lostBy(), 'unanswered');
  assert.ok(lostAt()! <= 25_000 + 1000, String(lostAt()));
});

test('a host that stops is no stall, however late the server answers', () => {
  const { run, lostAt, stallingAt } = connection();
  run(5000);
  run(30_000, { sends: false, reports: false, answerMs: 450 });
  assert.deepEqual([lostAt(), stallingAt()], [null, null]);
});

test('frames that are sent but do not arrive: stalled after a second, no sooner, with first signs before', () => {
  const { run, lostAt, lostBy, stallingAt } = connection();
  run(5000);
  run(10_000, { arrives: false });
  assert.equal(lostBy(), 'stalled');
  assert.ok(stallingAt()! >= 5000 + 600 - 20 && stallingAt()! <= 5000 + 900, String(stallingAt()));
  assert.ok(lostAt()! >= 5000 + 1000 - 20 && lostAt()! <= 5000 + 1600, String(lostAt()));
});

test('a socket that does not answer: lost just as fast', () => {
  const { run, lostAt, lostBy, stallingAt } = connection();
  run(5000);
  run(10_000, { arrives: false, answerMs: null });
  assert.deepEqual([lostBy(), stallingAt()], ['unanswered', null]);
  assert.ok(lostAt()! >= 6000 && lostAt()! <= 6700, String(lostAt()));
});

test('while the host sends no frames the server is asked every second, and the connection is not lost', () => {
  for (const reports of [true, false]) {
    const { run, asked, lostAt } = connection();
    run(5000);
    run(120_000, { sends: false, reports });
    assert.equal(lostAt(), null);
    assert.ok(asked.length > 100 && asked.length <= 121, String(asked.length));
    run(5000);
    assert.equal(lostAt(), null);
  }
});

test('a socket that dies while the host sends no frames is noticed too', () => {
  const { run, lostAt } = connection();
  run(5000);
  run(5000, { sends: false });
  run(5000, { sends: false, answerMs: null });
  assert.ok(lostAt()! <= 12_000, String(lostAt()));
});

test('frames that arrive incomplete do not count as a lost connection', () => {
  const { run, lostAt } = connection();
  run(5000);
  run(20_000, { arrives: false, reports: true });
  assert.equal(lostAt(), null);
});

test('a slow stream is not lost between its frames, nor while one is on its way', () => {
  const { run, lostAt } = connection();
  run(120_000, { fps: 0.5 });
  assert.equal(lostAt(), null);
});

test('where answers always take long, they are waited for', () => {
  const { run, lostAt } = connection();
  run(5000, { answerMs: 450 });
  run(20_000, { sends: false, answerMs: 900 });
  assert.equal(lostAt(), null);
});

test('after a network change the server is asked at once, and half a second without a frame means lost', () => {
  const { watch, run, asked, now, lostAt } = connection();
  run(5000);
  watch.networkChanged(now());
  run(100);
  assert.equal(asked.length, 2);
  run(400);
  run(5000, { arrives: false });
  assert.ok(lostAt()! <= 5500 + 1150, String(lostAt()));
});

test('a network change alone does not end the connection', () => {
  const { watch, run, now, lostAt } = connection();
  run(5000);
  for (let i = 0; i < 20; i++) {
    watch.networkChanged(now());
    run(300);
  }
  assert.equal(lostAt(), null);
});

test('a page that was held up does not blame its own delay on the server', () => {
  const { watch, run, asked, now } = connection();
  run(5000);
  run(900, { arrives: false, answerMs: null });
  assert.equal(asked.length, 2);
  const wokenAt = now() + 60_000;
  assert.equal(watch.look({ frames: 1e6, bytes: 1e9 }, wokenAt), null);
  assert.notEqual(watch.look({ frames: 1e6, bytes: 1e9 }, wokenAt + 500), 'unanswered');
});

test('a host that hangs arouses no suspicion once the server has answered; frames that are sent and do not arrive do', () => {
  for (const [sends, isSuspicious] of [
    [false, false],
    [true, true],
  ] as const) {
    const { watch, run } = connection();
    run(5000);
    run(900, { sends, arrives: false });
    assert.equal(watch.isSuspicious, isSuspicious);
    watch.frameSent(sends ? 10 : 900, 5900);
    assert.equal(watch.isSuspicious, isSuspicious);
  }
});
