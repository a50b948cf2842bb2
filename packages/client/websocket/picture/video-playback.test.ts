import assert from 'node:assert/strict';
import test from 'node:test';
import type { VideoMessage } from '@moonshare/contract/browser';
import { withGlobals } from '../../testing/globals.ts';
import { VideoPlayback } from './video-playback.ts';

const COLOUR = { primaries: 1, transfer: 1, matrix: 1, fullRange: false };
const keyFrame = (frame: number): VideoMessage => ({
  kind: 'video',
  isKey: true,
  isDiscontinuity: false,
  frame,
  timeUs: frame * 16_667,
  configuration: { codec: 'avc1.64002a', width: 1280, height: 720, colour: COLOUR },
  data: Uint8Array.of(0),
});

test('a key frame that comes as the last decoder is given up opens no other', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const decoders: { state: string }[] = [];
  class SilentDecoder {
    state = 'configured';
    constructor() {
      decoders.push(this);
    }
    configure(): void {}
    decode(): void {}
    close(): void {
      this.state = 'closed';
    }
  }
  withGlobals(t, { VideoDecoder: SilentDecoder, EncodedVideoChunk: class {} });
  const failures: string[] = [];
  const sink = { show: () => true, drawn: () => undefined, close: () => undefined };
  const playback: VideoPlayback = new VideoPlayback(sink, {
    keyFrameNeeded: () => undefined,
    shown: () => undefined,
    failed: (code) => {
      failures.push(code);
      playback.close();
    },
  });
  for (let frame = 0; failures.length === 0; frame += 1, now += 250) playback.receive(keyFrame(frame));
  assert.deepEqual(failures, ['CODEC_UNSUPPORTED']);
  assert.deepEqual(
    decoders.map(({ state }) => state),
    Array(5).fill('closed'),
  );
});

test('a decoder that errs is replaced, also if the browser cannot say whether it has one', async (t) => {
  let fail = (_error: DOMException): void => undefined;
  class FailingDecoder {
    static async isConfigSupported(): Promise<never> {
      throw new DOMException('shutting down', 'InvalidStateError');
    }
    constructor({ error }: { error: typeof fail }) {
      fail = error;
    }
    configure(): void {}
    decode(): void {}
    close(): void {}
  }
  withGlobals(t, { VideoDecoder: FailingDecoder, EncodedVideoChunk: class {} });
  const heard: string[] = [];
  const playback = new VideoPlayback(
    { show: () => true, drawn: () => undefined, close: () => undefined },
    { keyFrameNeeded: (reason) => heard.push(reason), shown: () => undefined, failed: (code) => heard.push(code) },
  );
  t.after(() => playback.close());
  playback.receive(keyFrame(0));
  fail(new DOMException('a fault', 'EncodingError'));
  // A rejection that nobody handles is reported in between, and fails the test.
  await new Promise(setImmediate);
  assert.deepEqual(heard, ['decoderError']);
});
