import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { parseH264Sps, splitAnnexB } from '@moonshare/bitstream';
import {
  encodeAcknowledgement,
  encodeInput,
  encodeKeyFrameNeeded,
  encodeMediaInput,
  encodeViewerHello,
  MoonshareError,
  type ViewerInput,
} from '@moonshare/contract';
import { RECORDINGS } from '../../../fixtures/recordings.ts';
import { FeedbackQueue } from '../viewer/feedback-queue.ts';
import { freshAccount } from '../webrtc/testing/fresh-account.ts';
import { readRecording } from '../webrtc/testing/recording.ts';
import type { WebSocketEngine } from './engine.ts';
import { SendWindow } from './send-window.ts';
import { FORMAT, type Joined, MediaRig, unit } from './testing/media-rig.ts';
import type { WebSocketTransport } from './transport.ts';

const key: ViewerInput = { kind: 'key', down: true, modifiers: 0, virtualKey: 65 };
const input = (event: ViewerInput) => encodeMediaInput(encodeInput(event));
const sound = (sequence: number) => ({
  sequence,
  data: Buffer.from('fcfffe', 'hex'),
  durationMs: 5 as const,
  receivedAt: sequence * 5,
  recovered: false,
});

describe('a media socket', () => {
  it('begins with a hello of both sides, without compression', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard, hears } = await rig.join({ greets: false });
    assert.deepEqual(await browser.next('hello'), { kind: 'hello', version: 1 });
    assert.equal(browser.socket.extensions, '');
    assert.equal(browser.socket.protocol, '');
    assert.deepEqual([transport.kind, transport.sound, transport.stats().state], ['websocket', null, 'negotiating']);
    browser.send(encodeViewerHello({ wantsSound: true, takesSurround: false }));
    await hears('connected');
    assert.deepEqual(heard, [{ event: 'opened' }, { event: 'connected' }]);
    assert.deepEqual([transport.sound, transport.stats().state], ['unchanged', 'connected']);
  });

  for (const recording of RECORDINGS)
    it(`carries every frame of ${recording.name} as it was sent by the host`, async (context) => {
      const { codec, video } = readRecording(recording);
      const rig = await MediaRig.start(context);
      rig.engine.setFormat({ ...FORMAT, codec });
      const { browser, transport, heard } = await rig.join();
      const units = video.slice(video.findIndex(({ keyFrame }) => keyFrame)).slice(0, 120);
      let last = -1;
      for (const [number, sent] of units.entries()) {
        assert.deepEqual(rig.engine.sendVideo(sent, [transport]), []);
        const message = await browser.next('video');
        browser.acknowledge(message);
        assert.deepEqual([message.frame, message.isKey, message.isDiscontinuity], [number, sent.keyFrame, false]);
        assert.equal(message.configuration !== null, sent.keyFrame);
        if (message.configuration !== null)
          assert.match(message.configuration.codec, /^(avc1\.[0-9a-f]{6}|hvc1\.1\.6\.L120\.90)$/);
        assert.ok(Buffer.from(message.data).equals(sent.data), `frame ${number}`);
        assert.ok(message.timeUs > last);
        last = message.timeUs;
      }
      assert.deepEqual(heard.slice(2), []);
      assert.equal(transport.stats().frames_sent, units.length);
    });

  it('says in the SPS of H.264 that pictures are not reordered, and tells codec, size and colour', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport } = await rig.join();
    const reordering = Buffer.from('0000000167640028acd940780227e584000003000400000300f03c60c658', 'hex');
    const picture = unit(0, { isKey: true }).data.subarray(33);
    rig.engine.sendVideo({ ...unit(0, { isKey: true }), data: Buffer.concat([reordering, picture]) }, [transport]);
    const { configuration, data } = await browser.next('video');
    const colour = { primaries: 2, transfer: 2, matrix: 2, fullRange: false };
    assert.deepEqual(configuration, { codec: 'avc1.640028', width: 1920, height: 1080, colour });
    assert.ok(Buffer.from(data).subarray(-picture.length).equals(picture));
    assert.equal(parseH264Sps(splitAnnexB(Buffer.from(data))[0]!).maxNumReorderFrames, 0);
  });

  it('carries sound with its configuration once, and again when that changes', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport } = await rig.join();
    for (const sequence of [0, 1]) rig.engine.sendAudio(sound(sequence), [transport]);
    const first = await browser.next('audio');
    const stereo = { packetMs: 5, streams: 1, coupledStreams: 1, mapping: [0, 1] };
    assert.deepEqual([first.configuration, Buffer.from(first.data).toString('hex')], [stereo, 'fcfffe']);
    const second = await browser.next('audio');
    assert.equal(second.configuration, null);
    assert.deepEqual([second.sequence - first.sequence, second.timeUs - first.timeUs], [1, 5_000]);
    const audio = { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] };
    rig.engine.setFormat({ ...FORMAT, audio });
    assert.equal(transport.sound, 'stereo mix');
    const surround = await rig.join({ surround: true });
    assert.equal(surround.transport.sound, 'unchanged');
    rig.engine.sendAudio(sound(2), [transport, surround.transport]);
    assert.deepEqual((await browser.next('audio')).configuration, stereo);
    const unchanged = (await surround.browser.next('audio')).configuration;
    assert.deepEqual(unchanged, { packetMs: 5, streams: 4, coupledStreams: 2, mapping: audio.mapping });
  });

  it('lets sound wait for the next frame, or a moment', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const [one, other] = [await rig.join(), await rig.join()];
    const both = [one.transport, other.transport];
    const sent = () => both.map((transport) => transport.stats().packets_sent);
    const before = sent();
    for (const sequence of [0, 1]) rig.engine.sendAudio(sound(sequence), both);
    assert.deepEqual(sent(), before);
    rig.engine.sendVideo(unit(0, { isKey: true }), both);
    assert.deepEqual(
      sent(),
      before.map((count) => count + 3),
    );
    rig.engine.sendAudio(sound(2), both);
    for (const { browser } of [one, other]) {
      const { sequence, configuration } = await browser.next('audio');
      assert.equal(configuration?.packetMs, 5);
      for (const later of [1, 2]) {
        const next = await browser.next('audio');
        assert.deepEqual([next.sequence - sequence, next.configuration], [later, null]);
      }
    }
  });

  it('sends what it holds in the old format, and only to those for whom it was', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const [one, other] = [await rig.join(), await rig.join()];
    const both = [one.transport, other.transport];
    rig.engine.sendAudio(sound(0), both);
    rig.engine.sendAudio(sound(1), [other.transport]);
    rig.engine.sendAudio(sound(2), both);
    rig.engine.setFormat({ ...FORMAT, audioPacketMs: 10 });
    const heard = async ({ browser }: Joined, packets: number) => {
      const messages = [];
      while (messages.length < packets) messages.push(await browser.next('audio'));
      return messages.map(({ sequence, configuration }) => [sequence - messages[0]!.sequence, configuration?.packetMs]);
    };
    rig.engine.sendAudio(sound(3), both);
    const [first, ...later] = await heard(one, 3);
    assert.deepEqual(
      [first, later],
      [
        [0, 5],
        [
          [2, undefined],
          [3, 10],
        ],
      ],
    );
    assert.deepEqual(await heard(other, 4), [
      [0, 5],
      [1, undefined],
      [2, undefined],
      [3, 10],
    ]);
  });

  it('carries rumble and messages, and the last bad news to a browser that greets later', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, hears } = await rig.join({ greets: false });
    transport.sendFeedback({ kind: 'rumble', id: 0, low: 1, high: 2 });
    transport.sendGeneral('ConnectionTerminated');
    transport.sendGeneral({ ConnectionStatusUpdate: { status: 'Poor' } });
    browser.send(encodeViewerHello({ wantsSound: false, takesSurround: false }));
    await hears('connected');
    assert.equal(transport.sound, null);
    assert.deepEqual((await browser.next('general')).message, { ConnectionStatusUpdate: { status: 'Poor' } });
    assert.deepEqual((await browser.next('feedback')).feedback, { kind: 'rumble', id: 0, low: 1, high: 2 });
    transport.sendGeneral('ConnectionTerminated');
    assert.equal((await browser.next('general')).message, 'ConnectionTerminated');
  });

  it('brings input and requests for key frames', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard, hears } = await rig.join();
    browser.send(input(key));
    browser.send(encodeKeyFrameNeeded('decoderError'));
    await hears('keyFrameNeeded');
    assert.deepEqual(heard.slice(2), [{ event: 'input', input: key }, { event: 'keyFrameNeeded' }]);
    assert.equal(transport.stats().plis_received, 1);
  });

  it('of a watcher brings no input', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard, hears } = await rig.join({ role: 'watch' });
    browser.send(input(key));
    browser.send(encodeMediaInput({ channel: 'keyboard', data: Uint8Array.of(9) }));
    browser.send(encodeKeyFrameNeeded('nothingShown'));
    await hears('keyFrameNeeded');
    assert.deepEqual(heard.slice(2), [{ event: 'keyFrameNeeded' }]);
    assert.equal(transport.stats().malformed_messages, 0);
  });

  it('gets no frames before its hello, and then a key frame first', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, hears } = await rig.join({ greets: false });
    assert.deepEqual(rig.engine.sendVideo(unit(0, { isKey: true }), [transport]), [transport]);
    browser.send(encodeViewerHello({ wantsSound: true, takesSurround: false }));
    await hears('connected');
    rig.engine.sendVideo(unit(1), [transport]);
    rig.engine.sendVideo(unit(2, { isKey: true }), [transport]);
    assert.equal((await browser.next('video')).frame, 2);
    assert.equal(transport.stats().frames_dropped, 2);
  });

  it('is not sent anything but access units of the stream', async (context) => {
    const rig = await MediaRig.start(context);
    const { transport } = await rig.join();
    assert.deepEqual(
      rig.engine.sendVideo(unit(0, { isKey: true }), [transport]),
      [transport],
      'the format is not known',
    );
    rig.engine.setFormat({ ...FORMAT, codec: 'hevc' });
    assert.deepEqual(rig.engine.sendVideo(unit(1, { isKey: true }), [transport]), [transport]);
    rig.engine.setFormat(FORMAT);
    const tooLarge = unit(2, { isKey: true, bytes: rig.engine.largestFrame + 1 });
    assert.deepEqual(rig.engine.sendVideo(tooLarge, [transport]), [transport]);
  });

  it('that does not acknowledge is sent no more than its window, and asks for a key frame when there is room', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, heard, hears } = await rig.join();
    rig.engine.sendVideo(unit(0, { isKey: true, bytes: 100_000 }), [transport]);
    const first = await browser.next('video');
    let number = 1;
    // Nothing is known of the line, so that frames wait for room until they are given up.
    while (transport.stats().frames_dropped === 0) {
      rig.engine.sendVideo(unit(number, { bytes: 10_000 }), [transport]);
      number += 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(transport.stats().frames_sent, 1);
    assert.deepEqual(heard.slice(2), []);
    browser.acknowledge(first);
    await hears('frameDropped');
    rig.engine.sendVideo(unit(number, { isKey: true }), [transport]);
    const next = await browser.next('video');
    assert.deepEqual([next.frame, next.isKey, next.isDiscontinuity], [number, true, true]);
    assert.match(next.configuration?.codec ?? '', /^avc1/);
  });

  it('goes on with the frames of others who read at once', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const [slow, fast] = await Promise.all([rig.join(), rig.join()]);
    const both = [slow.transport, fast.transport];
    slow.browser.socket.pause();
    for (let number = 0; number < 300; number += 1) {
      rig.engine.sendVideo(unit(number, { isKey: number === 0, bytes: 20_000 }), both);
      const message = await fast.browser.next('video');
      assert.equal(message.frame, number);
      fast.browser.acknowledge(message);
    }
    assert.ok(slow.transport.stats().bytes_sent < 200_000);
    assert.equal(fast.transport.stats().frames_dropped, 0);
  });
});

describe('a fault of ours in one viewer', () => {
  type Both = { one: Joined; other: Joined; engine: WebSocketEngine };
  const transports = ({ one, other }: Both) => [one.transport, other.transport];

  /** What breaks, and what comes upon it. */
  const FAULTS: Record<
    string,
    { of: object; method: string; before?: (both: Both) => void; provoke?: (both: Both) => void }
  > = {
    'in a frame': {
      of: SendWindow.prototype,
      method: 'offer',
      provoke: (both) => both.engine.sendVideo(unit(1), transports(both)),
    },
    'in a frame that waits': {
      of: SendWindow.prototype,
      method: 'advance',
      before: (both) => both.engine.sendVideo(unit(1), transports(both)),
    },
    'in sound': {
      of: SendWindow.prototype,
      method: 'takesSound',
      provoke: (both) => both.engine.sendAudio(sound(0), transports(both)),
    },
    'in rumble': {
      of: FeedbackQueue.prototype,
      method: 'send',
      provoke: ({ one }) => one.transport.sendFeedback({ kind: 'rumble', id: 0, low: 1, high: 1 }),
    },
    'in a check': {
      of: FeedbackQueue.prototype,
      method: 'flush',
      provoke: (both) => {
        for (const transport of transports(both)) (transport as WebSocketTransport).check(false);
      },
    },
  };

  for (const [where, { of, method, before, provoke }] of Object.entries(FAULTS))
    it(`closes that viewer, and the others do not notice: ${where}`, async (context) => {
      const rig = await MediaRig.start(context);
      rig.engine.setFormat(FORMAT);
      const both = { one: await rig.join(), other: await rig.join(), engine: rig.engine };
      const { one, other } = both;
      // More than fits: the first has no room for another frame, as it acknowledges nothing.
      rig.engine.sendVideo(unit(0, { isKey: true, bytes: 100_000 }), transports(both));
      other.browser.acknowledge(await other.browser.next('video'));
      other.browser.send(input(key));
      await other.hears('input');
      before?.(both);
      context.mock.method(of as Record<string, () => void>, method).mock.mockImplementationOnce(() => {
        throw new Error('a fault');
      });
      provoke?.(both);
      assert.deepEqual(await one.browser.closed, { code: 4500, reason: 'INTERNAL' });
      assert.equal((await one.hears('closed')).event, 'closed');
      rig.engine.sendVideo(unit(2), [other.transport]);
      await other.browser.next('video');
      assert.equal(other.transport.stats().state, 'connected');
    });
});

describe('a silent media socket', () => {
  /** A transport on a clock that the test sets: ms after now. */
  async function onClock(context: TestContext, { greets }: { greets: boolean }) {
    const rig = await MediaRig.start(context);
    const joined = await rig.join({ greets });
    const from = performance.now();
    const at = context.mock.method(performance, 'now', () => from);
    const check = (ms: number, isLate = false) => {
      at.mock.mockImplementation(() => from + ms);
      (joined.transport as WebSocketTransport).check(isLate);
      at.mock.mockImplementation(() => from);
    };
    return { ...joined, check };
  }

  it('is closed if no hello comes within 5 s', async (context) => {
    const { browser, transport, check } = await onClock(context, { greets: false });
    check(4_900);
    assert.equal(transport.stats().state, 'negotiating');
    check(5_100);
    assert.deepEqual(await browser.closed, { code: 4408, reason: 'VIEWER_SILENT' });
  });

  it('is closed after 8 s without a word, but not by a process that was held up and may not have read it', async (context) => {
    const { browser, transport, check, hears } = await onClock(context, { greets: true });
    check(7_900);
    check(8_100, true);
    assert.equal(transport.stats().state, 'connected');
    check(8_100);
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'VIEWER_SILENT');
    assert.equal((await browser.closed).code, 4408);
  });

  it('is sent idle messages, as its page cannot see pings', async (context) => {
    const { browser, check } = await onClock(context, { greets: true });
    check(1_000);
    check(2_100);
    await browser.next('idle');
    assert.equal(browser.messages.filter(({ kind }) => kind === 'idle').length, 1);
  });

  it('is told how long pings take to come back', async (context) => {
    const { browser, check } = await onClock(context, { greets: true });
    // The first one may have come back before the browser's hello.
    check(1_000);
    const { ms } = await browser.next('roundTrip');
    assert.equal(ms, 0);
  });

  it('is pinged, and its round trip is known from the answer', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, hears } = await rig.join();
    // The first ping went out with the hello of the engine: its answer came before the input.
    browser.send(input(key));
    await hears('input');
    const { round_trip_ms } = transport.stats();
    assert.ok(round_trip_ms !== null && round_trip_ms >= 0);
  });
});

describe('the end of a media socket', () => {
  it('is told to the browser as 4000 and the HTTP status, with the code of the error', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard } = await rig.join();
    transport.close(new MoonshareError('PEER_REMOVED'));
    transport.close(null);
    assert.deepEqual(await browser.closed, { code: 4410, reason: 'PEER_REMOVED' });
    assert.equal(transport.stats().state, 'closed');
    const [closed, ...others] = heard.slice(2);
    assert.deepEqual([closed?.event === 'closed' && closed.error?.code, others], ['PEER_REMOVED', []]);
  });

  it('by the browser is no error, nor is the end of its connection', async (context) => {
    const rig = await MediaRig.start(context);
    const [leaving, broken] = await Promise.all([rig.join(), rig.join()]);
    leaving.browser.socket.close(1000);
    assert.deepEqual(await leaving.hears('closed'), { event: 'closed', error: null });
    broken.browser.socket.terminate();
    assert.deepEqual(await broken.hears('closed'), { event: 'closed', error: null });
  });

  it('comes after a second if the browser does not answer our close', async (context) => {
    const rig = await MediaRig.start(context);
    const accepted = rig.accept();
    await rig.raw(REQUEST);
    const transport = await accepted.transport;
    context.mock.timers.enable({ apis: ['setTimeout'] });
    transport.close(null);
    const [connection] = rig.sockets;
    context.mock.timers.tick(999);
    assert.equal(connection!.destroyed, false);
    context.mock.timers.tick(1);
    assert.equal(connection!.destroyed, true);
  });

  it('comes with the engine', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join();
    await rig.engine.close();
    assert.deepEqual(await hears('closed'), { event: 'closed', error: null });
    assert.equal((await browser.closed).code, 1000);
    const { transport } = rig.accept();
    const socket = await rig.raw(REQUEST);
    await assert.rejects(transport, { code: 'SHUTTING_DOWN' });
    await once(socket, 'close');
  });

  it('comes for a browser that speaks another version', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join({ greets: false });
    browser.send(Uint8Array.of(129, 2, 0, 0));
    assert.equal((await browser.closed).code, 4406);
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
  });
});

const REQUEST = [
  'GET /api/streamers/a/media?ticket=t HTTP/1.1',
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
  '',
].join('\r\n');

describe('a hostile browser', () => {
  it('without a proper request is refused, and its connection closed', async (context) => {
    const rig = await MediaRig.start(context);
    for (const request of [
      REQUEST.replace('dGhlIHNhbXBsZSBub25jZQ==', 'x'),
      REQUEST.replace('Version: 13', 'Version: 1'),
    ]) {
      const { transport, heard } = rig.accept();
      const socket = await rig.raw(request);
      await assert.rejects(transport, { code: 'BAD_REQUEST' });
      socket.resume();
      await once(socket, 'close');
      assert.deepEqual(heard, []);
    }
  });

  it('is refused beyond the limit of viewers', async (context) => {
    const rig = await MediaRig.start(context, { maxViewers: 1 });
    await rig.join();
    const { transport } = rig.accept();
    const socket = await rig.raw(REQUEST);
    await assert.rejects(transport, { code: 'VIEWER_LIMIT' });
    await once(socket, 'close');
  });

  it('that begins with anything but a hello is closed', async (context) => {
    const rig = await MediaRig.start(context);
    for (const first of [input(key), Uint8Array.of(0), new Uint8Array()]) {
      const { browser, heard } = await rig.join({ greets: false });
      browser.send(first);
      assert.deepEqual(await browser.closed, { code: 4400, reason: 'BAD_REQUEST' });
      assert.equal(heard.length, 1);
    }
  });

  it('that sends garbage is counted and otherwise ignored', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, transport, heard, hears } = await rig.join();
    browser.socket.send('text');
    browser.send(new Uint8Array());
    browser.send(encodeViewerHello({ wantsSound: false, takesSurround: false }));
    browser.send(Uint8Array.of(131, 0, 99));
    browser.send(Uint8Array.of(1, 2, 3));
    browser.send(input(key));
    await hears('input');
    assert.deepEqual([transport.stats().malformed_messages, heard.length], [5, 3]);
    assert.equal(transport.sound, 'unchanged');
  });

  it('that sends messages of 16 MB is closed before they have come', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join();
    browser.send(new Uint8Array(16 * 1024 * 1024));
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
    await browser.closed;
  });

  it('that sends frames without a mask, or endless pieces, is closed', async (context) => {
    const rig = await MediaRig.start(context);
    const piece = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x80]);
    for (const bytes of [
      Buffer.from([0x82, 0x01, 0x80]),
      Buffer.concat([Buffer.from([0x02, 0x81, 0, 0, 0, 0, 0x80]), ...Array(40).fill(piece)]),
    ]) {
      const { hears } = rig.accept();
      const socket = await rig.raw(REQUEST);
      socket.write(bytes);
      socket.resume();
      const closed = await hears('closed');
      assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
      await once(socket, 'close');
    }
  });

  it('that acknowledges the future is ignored, then closed', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, hears } = await rig.join();
    rig.engine.sendVideo(unit(0, { isKey: true, bytes: 60_000 }), [transport]);
    await browser.next('video');
    const future = encodeAcknowledgement({ queued: 0, received: 7, shown: 7, receivedAtMs: 0 });
    for (let count = 0; count < 99; count += 1) browser.send(future);
    browser.send(input(key));
    await hears('input');
    assert.deepEqual([transport.stats().malformed_messages, transport.stats().state], [99, 'connected']);
    browser.send(future);
    assert.deepEqual(await browser.closed, { code: 4400, reason: 'BAD_REQUEST' });
  });

  it('that reads nothing, and acknowledges all the same, is closed before it costs much memory', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, heard } = await rig.join();
    browser.socket.pause();
    const isOpen = () => transport.stats().state === 'connected';
    for (let number = 0; number < 500 && isOpen(); number += 1) {
      rig.engine.sendVideo(unit(number, { isKey: number === 0, bytes: 200_000 }), [transport]);
      browser.acknowledge({ frame: number });
      browser.send(input(key));
      while (isOpen() && heard.filter(({ event }) => event === 'input').length <= number)
        await new Promise(setImmediate);
      (transport as WebSocketTransport).check(false);
    }
    const closed = heard.at(-1)!;
    assert.equal(closed.event === 'closed' && closed.error?.code, 'BAD_REQUEST');
  });

  it('that floods loses input, lets go of what it holds, and is closed', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, heard, hears } = await rig.join();
    const message = input(key);
    for (let count = 0; count < 20_000; count += 1) browser.send(message);
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'RATE_LIMITED');
    const lost = heard.findIndex(({ event }) => event === 'inputLost');
    assert.ok(lost > 8_000, `${lost} messages were taken`);
    assert.equal(heard.at(-1), closed);
    await browser.closed;
  });

  it('that floods after it was closed is not read', async (context) => {
    const rig = await MediaRig.start(context);
    const { hears } = rig.accept();
    const socket = await rig.raw(REQUEST);
    const message = Buffer.from([0x82, 0x81, 0, 0, 0, 0, 0]);
    // The first is no hello.
    const flood = Buffer.alloc(message.length * 1_000_000, message);
    socket.write(flood);
    socket.resume();
    // It may be reset.
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await Promise.all([hears('closed'), ended]);
    const { bytesRead } = rig.sockets[0]!;
    assert.ok(bytesRead < flood.length / 10, `${bytesRead} bytes were read`);
  });

  it('that floods with pings is closed', async (context) => {
    const rig = await MediaRig.start(context);
    const { browser, hears } = await rig.join();
    for (let count = 0; count < 20_000; count += 1) browser.socket.ping();
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'RATE_LIMITED');
  });

  it('that comes back after a flood may watch, with the rest of its budget', async (context) => {
    const rig = await MediaRig.start(context);
    const account = freshAccount();
    while (account.spend('messages', 1, performance.now()) !== 'persistent');
    const { browser, hears } = await rig.join({ account });
    for (let count = 0; count < 10_000; count += 1) browser.send(input(key));
    const closed = await hears('closed');
    assert.equal(closed.event === 'closed' && closed.error?.code, 'RATE_LIMITED');
  });

  it('whose connection is full gets no messages and no answers to its pings', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport, hears } = await rig.join();
    browser.socket.pause();
    rig.engine.sendVideo(unit(0, { isKey: true, bytes: 14_000_000 }), [transport]);
    const [connection] = rig.sockets;
    const before = connection!.bytesWritten;
    for (let count = 0; count < 100; count += 1) {
      transport.sendGeneral('ConnectionTerminated');
      browser.socket.ping(Buffer.alloc(100));
    }
    browser.send(input(key));
    await hears('input');
    const more = connection!.bytesWritten - before;
    assert.ok(more < 1_000, `${more} bytes, apart from pings of ours`);
  });

  it('that reads nothing holds no more memory than its window', async (context) => {
    const rig = await MediaRig.start(context);
    rig.engine.setFormat(FORMAT);
    const { browser, transport } = await rig.join();
    browser.socket.pause();
    for (let number = 0; number < 2_000; number += 1) {
      rig.engine.sendVideo(unit(number, { isKey: number % 60 === 0, bytes: 20_000 }), [transport]);
      rig.engine.sendAudio(sound(number), [transport]);
      transport.sendGeneral('ConnectionTerminated');
      transport.sendFeedback({ kind: 'rumble', id: number % 16, low: number, high: 0 });
    }
    const { bytes_sent } = transport.stats();
    assert.ok(bytes_sent < 1_000_000, `${bytes_sent} bytes`);
  });
});
