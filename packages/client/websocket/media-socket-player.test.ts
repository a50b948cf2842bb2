import assert from 'node:assert/strict';
import test from 'node:test';
import { withGlobals } from '../testing/globals.ts';
import { MediaSocketPlayer } from './media-socket-player.ts';

test('what the worker still sends after the player was closed is given back', (t) => {
  const workers: { onmessage?: (event: { data: unknown }) => void; postMessage(): void }[] = [];
  class FakeWorker {
    constructor() {
      workers.push(this);
    }
    postMessage(): void {}
  }
  class FakeContext {
    state = 'running';
    createMediaStreamDestination() {
      return { stream: { getAudioTracks: () => [{ stop: () => undefined }] } };
    }
    async close() {}
  }
  class FakeStream {
    getTracks() {
      return [];
    }
  }
  const document = { addEventListener: () => undefined };
  withGlobals(t, { Worker: FakeWorker, AudioContext: FakeContext, MediaStream: FakeStream, document });
  const nothing = () => undefined;
  const events = {
    connected: nothing,
    failed: nothing,
    stream: nothing,
    ready: nothing,
    feedback: nothing,
    general: nothing,
  };
  const player = new MediaSocketPlayer({ url: new URL('ws://host/media'), stereo: true, events });
  player.close();
  const given: string[] = [];
  for (const data of [
    { type: 'frame', frame: { close: () => given.push('frame') } },
    { type: 'track', track: { stop: () => given.push('track') } },
    { type: 'sound', channels: 2, port: { close: () => given.push('port') } },
    { type: 'playing' },
  ])
    workers[0]!.onmessage?.({ data });
  assert.deepEqual(given, ['frame', 'track', 'port']);
});
