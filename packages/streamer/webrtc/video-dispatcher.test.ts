import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { PacketHistory } from '@moonshare/webrtc';
import fc from 'fast-check';
import { VideoSender } from './media-sender.ts';
import { VideoDispatcher, type VideoPart, type VideoSink } from './video-dispatcher.ts';

class Sink implements VideoSink {
  readonly received: { frame: number; packet: number }[] = [];
  readonly parts: VideoPart[] = [];
  takes = true;
  resent = 0;

  sendVideo(packets: readonly Buffer[], part: VideoPart): boolean {
    if (!this.takes) return false;
    this.parts.push(part);
    for (const packet of packets) this.received.push({ frame: packet[0]!, packet: packet.readUInt16BE(1) });
    return true;
  }

  resend(): void {
    this.resent += 1;
  }
}

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const time = { now: 1000 };
  const history = new PacketHistory();
  t.mock.method(performance, 'now', () => time.now);
  const dispatcher = new VideoDispatcher(history);
  t.after(() => dispatcher.close());
  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1) {
      time.now += 1;
      t.mock.timers.tick(1);
    }
  };
  return { dispatcher, history, pass, time };
}

const frame = (name: number, count: number) =>
  Array.from({ length: count }, (_, packet) => Buffer.from([name, packet >> 8, packet & 255, ...Buffer.alloc(1197)]));

const whole = (name: number, count: number) => Array.from({ length: count }, (_, packet) => ({ frame: name, packet }));

describe('the video dispatcher', () => {
  it('sends a small frame to everyone before it returns', (t) => {
    const { dispatcher } = setUp(t);
    const viewers = [new Sink(), new Sink()];
    assert.equal(dispatcher.send({ packets: frame(1, 20), keyFrame: false, viewers: [...viewers] }), true);
    for (const { received } of viewers) assert.deepEqual(received, whole(1, 20));
  });

  it('sends a large frame in parts, then the next frames, the same to everyone, with each packet once in the history', (t) => {
    const { dispatcher, history, pass } = setUp(t);
    const viewers = [new Sink(), new Sink()];
    dispatcher.send({ packets: frame(1, 1000), keyFrame: true, viewers: [...viewers] });
    assert.ok(viewers[0]!.received.length < 40);
    pass(5);
    dispatcher.send({ packets: frame(2, 20), keyFrame: false, viewers: [...viewers] });
    pass(100);
    for (const { received, parts } of viewers) {
      assert.deepEqual(received, [...whole(1, 1000), ...whole(2, 20)]);
      assert.deepEqual(
        parts.filter(({ isLast }) => isLast).map(({ keyFrame }) => keyFrame),
        [true, false],
      );
    }
    assert.deepEqual(
      [0, 999, 1000, 1019].map((index) => history.get(index)?.[0]),
      [1, 1, 2, 2],
    );
  });

  it('excludes only the viewer that can take no more, from the rest of the frame and from waiting ones', (t) => {
    const { dispatcher, pass } = setUp(t);
    const [stays, goes] = [new Sink(), new Sink()];
    for (const [name, count] of [
      [1, 1000],
      [2, 20],
    ] as const)
      dispatcher.send({ packets: frame(name, count), keyFrame: false, viewers: [stays, goes] });
    pass(5);
    goes.takes = false;
    pass(1);
    goes.takes = true;
    const before = goes.received.length;
    pass(100);
    assert.equal(goes.received.length, before);
    assert.deepEqual(stays.received, [...whole(1, 1000), ...whole(2, 20)]);
    dispatcher.send({ packets: frame(3, 20), keyFrame: true, viewers: [stays, goes] });
    assert.deepEqual(goes.received.slice(before), whole(3, 20));
  });

  it('refuses frames while too much is waiting, and accepts them again afterwards', (t) => {
    const { dispatcher, pass } = setUp(t);
    const viewer = new Sink();
    const send = (name: number) => dispatcher.send({ packets: frame(name, 5000), keyFrame: true, viewers: [viewer] });
    const taken = [1, 2, 3, 4, 5].map(send);
    assert.ok(taken.indexOf(false) > 0, 'some are refused');
    pass(2000);
    assert.equal(viewer.received.length, taken.filter(Boolean).length * 5000);
    assert.equal(send(6), true);
  });

  it('never sends a viewer the rest of a frame whose beginning it missed', (context) => {
    let clock = () => 0;
    context.mock.method(performance, 'now', () => clock());
    const viewer = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
    const frames = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(viewer, { minLength: 1, maxLength: 3 }), frames, (answers, counts) => {
        const t = mock.timers;
        t.reset();
        t.enable({ apis: ['setTimeout'] });
        let now = 1000;
        clock = () => now;
        const dispatcher = new VideoDispatcher(new PacketHistory());
        const viewers = answers.map((takes): VideoSink => {
          const sender = new VideoSender(0);
          let asked = 0;
          return {
            resend: () => {},
            sendVideo: (packets, part) => {
              if (!takes[asked++ % takes.length]) return false;
              sender.send(
                packets,
                part,
                { payloadType: 96, extensionId: 1, transportNumbersId: 0, rtx: null },
                () => true,
              );
              return true;
            },
          };
        });
        for (const [name, count] of counts.entries()) {
          dispatcher.send({ packets: frame(name, count), keyFrame: true, viewers: [...viewers] });
          now += 10;
          t.tick(10);
        }
        dispatcher.close();
        t.reset();
      }),
      { numRuns: 30 },
    );
  });

  it('resends packets when they are due', (t) => {
    const { dispatcher, pass, time } = setUp(t);
    const viewer = new Sink();
    dispatcher.resendLater(viewer, time.now + 3);
    pass(2);
    assert.equal(viewer.resent, 0);
    pass(2);
    assert.equal(viewer.resent, 1);
    pass(10);
    assert.equal(viewer.resent, 1);
  });

  it('resends to each viewer at its own time', (t) => {
    const { dispatcher, pass, time } = setUp(t);
    const [soon, later] = [new Sink(), new Sink()];
    dispatcher.resendLater(later, time.now + 9);
    dispatcher.resendLater(soon, time.now + 3);
    pass(5);
    assert.deepEqual([soon.resent, later.resent], [1, 0]);
    pass(5);
    assert.deepEqual([soon.resent, later.resent], [1, 1]);
  });

  it('sends a frame of megabytes to many viewers in one part per millisecond', (t) => {
    const { dispatcher, pass } = setUp(t);
    const packets = frame(1, 4000);
    const received: { viewer: number; packets: number }[] = [];
    const viewers = Array.from(
      { length: 40 },
      (_, viewer): VideoSink => ({
        resend: () => {},
        sendVideo: (part) => received.push({ viewer, packets: part.length }) > 0,
      }),
    );
    dispatcher.send({ packets, keyFrame: true, viewers: [...viewers] });
    for (let turn = 1; turn <= 400; turn += 1) {
      assert.ok(received.length <= 40 * turn);
      pass(1);
    }
    const ofFirst = received.filter(({ viewer }) => viewer === 0);
    assert.equal(
      ofFirst.reduce((sum, part) => sum + part.packets, 0),
      4000,
    );
  });
});
