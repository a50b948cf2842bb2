import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseH264Sps, splitAnnexB } from '@moonshare/bitstream';
import { type AudioMessage, encodeKeyFrameNeeded, encodeMediaInput, encodeViewerHello } from '@moonshare/contract';
import { RECORDINGS } from '../../../fixtures/recordings.ts';
import { FeedbackQueue } from '../viewer/feedback-queue.ts';
import { readRecording } from '../webrtc/testing/recording.ts';
import type { WebSocketEngine } from './engine.ts';
import { SendWindow } from './send-window.ts';
import { FORMAT, input, type Joined, key, MediaRig, sound, unit } from './testing/media-rig.ts';
import type { WebSocketTransport } from './transport.ts';

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
      const messages: AudioMessage[] = [];
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
