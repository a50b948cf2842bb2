import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MediaWatch, type MediaWatchOptions, type PictureLoss } from './media-watch.ts';

const FRAME_MS = 16;

interface Traffic {
  /** Milliseconds since the last one. */
  after?: number;
  datagrams?: boolean;
  pictures?: boolean;
  /** This process does not run. */
  heldUp?: boolean;
}

/** A watch on virtual time. */
class WatchRun {
  readonly watch: MediaWatch;
  now = 0;
  lost: PictureLoss | null = null;
  lostAt = Number.NaN;
  /** When the watch asked for a key frame. */
  readonly asks: number[] = [];
  /** Answers each request with a key frame. */
  answers = false;
  #wakeAt = 0;

  constructor(options: Partial<MediaWatchOptions> = {}) {
    const all = { fps: 60, firstMs: 10_000, silenceMs: 2_000, takesOver: false, ...options };
    this.watch = new MediaWatch(all, 0);
    this.look();
  }

  /** A stream that has run for a second. */
  static flowing(options: Partial<MediaWatchOptions> = {}): WatchRun {
    const run = new WatchRun(options);
    run.watch.datagram(0);
    run.watch.picture(true, 0);
    return run.pass(1_000, { datagrams: true, pictures: true });
  }

  pass(ms: number, { datagrams = false, pictures = false }: Traffic = {}): this {
    const until = this.now + ms;
    while (this.now < until && this.lost === null) {
      this.now += FRAME_MS;
      if (datagrams) this.watch.datagram(this.now);
      if (pictures) this.watch.picture(false, this.now);
      if (this.now >= this.#wakeAt) this.look();
    }
    return this;
  }

  /** Time passes while this process does not run; after that, timers fire first. */
  stall(ms: number): this {
    this.now += ms;
    this.look();
    return this;
  }

  look(): void {
    const { events, wakeAt } = this.watch.advance(this.now);
    this.#wakeAt = wakeAt;
    for (const event of events) {
      if (event.type === 'lost') {
        this.lost = event.why;
        this.lostAt = this.now;
      } else {
        this.asks.push(this.now);
        this.watch.keyFrameRequested(this.now);
        if (this.answers) this.watch.picture(true, this.now);
      }
    }
  }

  within(from: number, to: number): void {
    assert.ok(this.lostAt >= from && this.lostAt <= to, `lost at ${this.lostAt} ms`);
  }
}

describe('when the datagrams of a stream stop', () => {
  test('it is lost when the time is over', () => {
    const run = WatchRun.flowing().pass(5_000);
    assert.equal(run.lost, 'silence');
    run.within(3_000, 3_300);
  });

  test('it is not lost while some still come, however seldom', () => {
    const run = WatchRun.flowing();
    for (let times = 0; times < 10; times += 1) {
      run.pass(1_900);
      run.watch.datagram(run.now);
      run.watch.picture(false, run.now);
    }
    assert.equal(run.lost, null);
  });

  test('it is given the time of four frames if the frame rate is low', () => {
    assert.equal(WatchRun.flowing({ fps: 1 }).pass(3_900).lost, null);
  });

  test('it is lost sooner in the first ten seconds of a takeover', () => {
    const early = WatchRun.flowing({ takesOver: true }).pass(5_000);
    early.within(2_000, 2_300);
    const later = WatchRun.flowing({ takesOver: true }).pass(9_000, { datagrams: true, pictures: true }).pass(5_000);
    later.within(12_000, 12_400);
  });

  test('it is lost as `noStart` if none ever came', () => {
    const run = new WatchRun({ firstMs: 500 }).pass(5_000);
    assert.equal(run.lost, 'noStart');
    run.within(500, 800);
    assert.equal(run.watch.missing, 'noStart');
  });
});

describe('silence while this process is held up proves nothing', () => {
  for (const ms of [1_950, 2_005, 2_400, 30_000]) {
    test(`after ${ms} ms, datagrams waiting in the socket are read first`, () => {
      const run = WatchRun.flowing().stall(ms);
      run.watch.datagram(run.now);
      run.watch.picture(false, run.now);
      assert.equal(run.pass(500, { datagrams: true, pictures: true }).lost, null);
    });
  }

  test('the host gets the full time again', () => {
    const run = WatchRun.flowing().stall(30_000).pass(1_800);
    assert.equal(run.lost, null);
    assert.equal(run.pass(1_000).lost, 'silence');
  });

  test('earlier key frame requests no longer count', () => {
    const run = WatchRun.flowing();
    for (let times = 0; times < 3; times += 1) run.watch.keyFrameRequested(run.now + times * 1_000);
    assert.equal(run.stall(30_000).pass(2_000, { datagrams: true, pictures: true }).lost, null);
  });
});

describe('key frame requests', () => {
  test('three without an answer mean a loss', () => {
    const run = WatchRun.flowing();
    const ask = () => {
      run.watch.keyFrameRequested(run.now);
      run.pass(500, { datagrams: true, pictures: true });
    };
    for (let times = 0; times < 12; times += 1) ask();
    assert.equal(run.lost, 'noKeyFrame');
    run.within(4_000, 4_300);
  });

  test('answered ones, and a single unanswered one, mean no loss', () => {
    const run = WatchRun.flowing();
    for (let times = 0; times < 10; times += 1) {
      run.watch.keyFrameRequested(run.now);
      run.pass(900, { datagrams: true, pictures: true });
      run.watch.picture(true, run.now);
    }
    run.watch.keyFrameRequested(run.now);
    assert.equal(run.pass(10_000, { datagrams: true, pictures: true }).lost, null);
  });
});

describe('datagrams that give no picture', () => {
  test('at the start: a key frame is requested three times, and the loss is reported after four seconds', () => {
    const run = new WatchRun().pass(6_000, { datagrams: true });
    assert.equal(run.lost, 'noPicture');
    assert.equal(run.asks.length, 3);
    run.within(4_000, 4_600);
    assert.equal(run.watch.missing, 'noPicture');
  });

  test('later: likewise', () => {
    const run = WatchRun.flowing().pass(6_000, { datagrams: true });
    assert.equal(run.lost, 'noKeyFrame');
    assert.equal(run.asks.length, 3);
  });

  test('with frames lost on the way: the loss is reported after ten seconds of asking', () => {
    const run = WatchRun.flowing();
    run.watch.frameLost();
    assert.equal(run.pass(9_000, { datagrams: true }).lost, null);
    assert.equal(run.pass(3_000, { datagrams: true }).lost, 'lossy');
    run.within(11_000, 11_300);
  });

  test('an answer ends the requests', () => {
    const run = WatchRun.flowing();
    run.answers = true;
    assert.equal(run.pass(1_200, { datagrams: true }).asks.length, 1);
    assert.equal(run.pass(10_000, { datagrams: true, pictures: true }).lost, null);
  });
});
