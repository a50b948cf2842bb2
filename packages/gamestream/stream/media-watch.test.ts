import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MediaWatch, type MediaWatchOptions, type PictureLoss } from './media-watch.ts';

const FRAME_MS = 16;

interface Happening {
  /** ms from the last one. */
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
  /** When it asked for a key frame. */
  readonly asks: number[] = [];
  /** Answers the next request with a key frame. */
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

  pass(ms: number, { datagrams = false, pictures = false }: Happening = {}): this {
    const until = this.now + ms;
    while (this.now < until && this.lost === null) {
      this.now += FRAME_MS;
      if (datagrams) this.watch.datagram(this.now);
      if (pictures) this.watch.picture(false, this.now);
      if (this.now >= this.#wakeAt) this.look();
    }
    return this;
  }

  /** Time passes while this process does not run; then timers come first. */
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
        this.watch.asked(this.now);
        if (this.answers) this.watch.picture(true, this.now);
      }
    }
  }

  within(from: number, to: number): void {
    assert.ok(this.lostAt >= from && this.lostAt <= to, `lost at ${this.lostAt} ms`);
  }
}

describe('a stream whose datagrams stop', () => {
  test('is lost when the time is over', () => {
    const run = WatchRun.flowing().pass(5_000);
    assert.equal(run.lost, 'silence');
    run.within(3_000, 3_300);
  });

  test('is not lost while they come, however seldom', () => {
    const run = WatchRun.flowing();
    for (let times = 0; times < 10; times += 1) {
      run.pass(1_900);
      run.watch.datagram(run.now);
      run.watch.picture(false, run.now);
    }
    assert.equal(run.lost, null);
  });

  test('is given the time of four frames where frames are slow', () => {
    assert.equal(WatchRun.flowing({ fps: 1 }).pass(3_900).lost, null);
  });

  test('is lost sooner where the host may not know yet that the client before is dead, for ten seconds', () => {
    const early = WatchRun.flowing({ takesOver: true }).pass(5_000);
    early.within(2_000, 2_300);
    const later = WatchRun.flowing({ takesOver: true }).pass(9_000, { datagrams: true, pictures: true }).pass(5_000);
    later.within(12_000, 12_400);
  });

  test('is lost as `noStart` if none ever came', () => {
    const run = new WatchRun({ firstMs: 500 }).pass(5_000);
    assert.equal(run.lost, 'noStart');
    run.within(500, 800);
    assert.equal(run.watch.missing, 'noStart');
  });
});

describe('silence while this process does not run proves nothing', () => {
  for (const ms of [1_950, 2_005, 2_400, 30_000]) {
    test(`after ${ms} ms what waits in the socket is read first`, () => {
      const run = WatchRun.flowing().stall(ms);
      run.watch.datagram(run.now);
      run.watch.picture(false, run.now);
      assert.equal(run.pass(500, { datagrams: true, pictures: true }).lost, null);
    });
  }

  test('a host that was held up with it has its time again', () => {
    const run = WatchRun.flowing().stall(30_000).pass(1_800);
    assert.equal(run.lost, null);
    assert.equal(run.pass(1_000).lost, 'silence');
  });

  test('requests from before count no more', () => {
    const run = WatchRun.flowing();
    for (let times = 0; times < 3; times += 1) run.watch.asked(run.now + times * 1_000);
    assert.equal(run.stall(30_000).pass(2_000, { datagrams: true, pictures: true }).lost, null);
  });
});

describe('requests for a key frame', () => {
  test('that stay unanswered three times make a loss', () => {
    const run = WatchRun.flowing();
    const ask = () => {
      run.watch.asked(run.now);
      run.pass(500, { datagrams: true, pictures: true });
    };
    for (let times = 0; times < 12; times += 1) ask();
    assert.equal(run.lost, 'noKeyFrame');
    run.within(4_000, 4_300);
  });

  test('that are answered, and one that is not repeated, make none', () => {
    const run = WatchRun.flowing();
    for (let times = 0; times < 10; times += 1) {
      run.watch.asked(run.now);
      run.pass(900, { datagrams: true, pictures: true });
      run.watch.picture(true, run.now);
    }
    run.watch.asked(run.now);
    assert.equal(run.pass(10_000, { datagrams: true, pictures: true }).lost, null);
  });
});

describe('datagrams of which no picture can be made', () => {
  test('at the start: a key frame is needed three times, and after four seconds the loss is reported', () => {
    const run = new WatchRun().pass(6_000, { datagrams: true });
    assert.equal(run.lost, 'noPicture');
    assert.equal(run.asks.length, 3);
    run.within(4_000, 4_600);
    assert.equal(run.watch.missing, 'noPicture');
  });

  test('later: the same', () => {
    const run = WatchRun.flowing().pass(6_000, { datagrams: true });
    assert.equal(run.lost, 'noKeyFrame');
    assert.equal(run.asks.length, 3);
  });

  test('whose frames are lost on the way: ten seconds are waited, asking', () => {
    const run = WatchRun.flowing();
    run.watch.frameLost();
    assert.equal(run.pass(9_000, { datagrams: true }).lost, null);
    assert.equal(run.pass(3_000, { datagrams: true }).lost, 'lossy');
    run.within(11_000, 11_300);
  });

  test('an answer ends it', () => {
    const run = WatchRun.flowing();
    run.answers = true;
    assert.equal(run.pass(1_200, { datagrams: true }).asks.length, 1);
    assert.equal(run.pass(10_000, { datagrams: true, pictures: true }).lost, null);
  });
});
