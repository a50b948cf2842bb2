import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CoreOutput } from '@moonshare/sans-io';
import fc from 'fast-check';
import { type Media, type Ping, PingSchedule } from './ping-schedule.ts';

const PAYLOAD = '0123456789ABCDEF';

/** A schedule on virtual time, called when it asks to be. `at`: ms after the start. */
class PingRun {
  readonly schedule = new PingSchedule();
  readonly sent: { media: Media; at: number; text: string }[] = [];
  now = 0;
  #wakeAt = Number.POSITIVE_INFINITY;

  /** Runs until `until`; `late`: how late each timer fires. */
  to(until: number, late: () => number = () => 0): this {
    while (this.#wakeAt <= until) {
      this.now = Math.max(this.now, this.#wakeAt) + late();
      this.#take(this.schedule.advance(this.now));
    }
    this.now = Math.max(this.now, until);
    return this;
  }

  start(media: Media, payload: string | null): this {
    return this.#take(this.schedule.start(media, payload, this.now));
  }

  announced(): this {
    return this.#take(this.schedule.announced(this.now));
  }

  received(media: Media): this {
    return this.#take(this.schedule.received(media, this.now));
  }

  times(media: Media): number[] {
    return this.sent.filter((ping) => ping.media === media).map(({ at }) => at);
  }

  #take({ events, wakeAt }: CoreOutput<Ping>): this {
    assert.ok(events.length <= 1, 'pings of both streams at once');
    for (const { media, datagram } of events) this.sent.push({ media, at: this.now, text: datagram.toString('hex') });
    this.#wakeAt = wakeAt;
    return this;
  }
}

/** Both streams set up, in the order of RTSP. */
const setUp = (payload: string | null) => new PingRun().start('audio', payload).start('video', payload);

describe('the form of a ping', () => {
  test('with a payload: the payload as received, then a counter from 1 for each stream', () => {
    const run = setUp(PAYLOAD).to(100).announced().received('video').to(120);
    const texts = run.sent.map(({ media, text }) => `${media} ${text.slice(32)}`);
    assert.deepEqual(texts, ['video 00000001', 'video 00000002', 'audio 00000001']);
    assert.ok(run.sent.every(({ text }) => text.startsWith(Buffer.from(PAYLOAD).toString('hex'))));
  });

  test('a payload may hold any printable character', () => {
    const [ping] = new PingRun().start('video', ' ;:"~=,/.-_|abc ').sent;
    assert.equal(Buffer.from(ping!.text, 'hex').toString('latin1', 0, 16), ' ;:"~=,/.-_|abc ');
  });

  test('without a payload: the four bytes PING', () => {
    assert.equal(new PingRun().start('video', null).sent[0]?.text, '50494e47');
  });
});

describe('a host that gave a payload', () => {
  test('gets video pings every 40 ms from ANNOUNCE to the first datagram, then every 500', () => {
    const run = setUp(PAYLOAD).to(150).announced().to(270).received('video').received('audio').to(1300);
    assert.deepEqual(run.times('video'), [0, 150, 190, 230, 270, 770, 1270]);
  });

  test('gets fast audio pings once the picture comes, apart from the video pings, until sound comes', () => {
    const run = setUp(PAYLOAD).to(150).announced().to(240).received('video').to(310).received('audio').to(1300);
    assert.deepEqual(run.times('audio'), [250, 290, 790, 1290]);
  });

  test('gets equally fast audio pings after 300 ms if no picture comes', () => {
    const run = setUp(PAYLOAD).to(150).announced().to(540);
    assert.deepEqual(run.times('audio'), [450, 490, 530]);
  });

  test('gets no audio ping before ANNOUNCE, however long that takes', () => {
    assert.deepEqual(setUp(PAYLOAD).to(2_000).times('audio'), []);
  });

  test('gets no fast pings if it sends before the ANNOUNCE reply', () => {
    const run = setUp(PAYLOAD).received('video').received('audio').to(20).announced().to(400);
    assert.deepEqual([run.times('video'), run.times('audio')], [[0], [20]]);
  });
});

describe('a host without payloads', () => {
  test('gets one ping per stream every 500 ms at most, for audio 300 ms after video', () => {
    const run = setUp(null).to(150).announced().to(1700);
    assert.deepEqual(run.times('video'), [0, 500, 1000, 1500]);
    assert.deepEqual(run.times('audio'), [300, 800, 1300]);
  });

  test('gets an audio ping at once when the picture comes', () => {
    const run = setUp(null).to(100).received('video').to(300);
    assert.deepEqual(run.times('audio'), [100]);
  });
});

test('nothing is sent before a stream is set up', () => {
  assert.deepEqual(new PingSchedule().advance(1e6), { events: [], wakeAt: Number.POSITIVE_INFINITY });
});

test('whatever happens, and however late the timers: pings of the two streams are 20 ms apart, and none waits for ever', () => {
  const step = fc.oneof(
    fc.constant('announced' as const),
    fc.constantFrom<Media>('video', 'audio'),
    fc.nat(1_500).map((ms) => ms),
  );
  fc.assert(
    fc.property(
      fc.option(fc.constant(PAYLOAD), { nil: null }),
      fc.array(step),
      fc.infiniteStream(fc.nat(80)),
      (payload, steps, delays) => {
        const late = () => delays.next().value ?? 0;
        const run = setUp(payload);
        for (const next of steps) {
          if (next === 'announced') run.announced();
          else if (typeof next === 'number') run.to(run.now + next, late);
          else run.received(next);
        }
        run.announced().to(run.now + 2_000, late);
        for (const [index, ping] of run.sent.entries()) {
          const before = run.sent.slice(0, index).findLast(({ media }) => media !== ping.media);
          assert.ok(before === undefined || ping.at - before.at >= 20);
          const same = run.sent.slice(0, index).findLast(({ media }) => media === ping.media);
          assert.ok(payload !== null || same === undefined || ping.at - same.at >= 500);
        }
        assert.equal(run.sent[0]?.media, 'video');
        assert.ok(run.times('audio').some((at) => at > run.now - 2_000 - 200));
      },
    ),
  );
});
