import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { AudioMessage } from '@moonshare/contract/browser';
import { withGlobals } from '../../testing/globals.ts';
import { SoundDecoder } from './sound-decoder.ts';

const STEREO = { packetMs: 5, streams: 1, coupledStreams: 1, mapping: [0, 1] };
const packet = (configuration: AudioMessage['configuration'] = null): AudioMessage => {
  return { kind: 'audio', sequence: 0, timeUs: 0, configuration, data: Uint8Array.of(0xfc) };
};

/** Decoders of this browser do as `fault` says. */
function setUp(t: TestContext) {
  const fault = { configure: false, copyTo: false };
  const decoders: FakeDecoder[] = [];
  class FakeDecoder {
    state = 'unconfigured';
    readonly output: (sound: unknown) => void;

    constructor({ output }: { output: (sound: unknown) => void }) {
      this.output = output;
      decoders.push(this);
    }

    configure(): void {
      if (fault.configure) throw new TypeError('a configuration that this browser does not know');
      this.state = 'configured';
    }

    decode(): void {}

    close(): void {
      this.state = 'closed';
    }
  }
  withGlobals(t, { AudioDecoder: FakeDecoder, EncodedAudioChunk: class {} });
  const ports: MessagePort[] = [];
  const decoder = new SoundDecoder({ sound: (_channels, port) => ports.push(port), heard: () => undefined });
  t.after(() => {
    decoder.close();
    for (const port of ports) port.close();
  });
  /** The decoder returns sound; whether it was closed, which frees its memory. */
  const decoded = (from: FakeDecoder): boolean => {
    let isClosed = false;
    const copyTo = () => {
      if (fault.copyTo) throw new Error('no memory');
    };
    const close = () => {
      isClosed = true;
    };
    from.output({ numberOfChannels: 2, numberOfFrames: 240, timestamp: 0, copyTo, close });
    return isClosed;
  };
  return { decoder, decoders, fault, decoded };
}

test('sound that cannot be read is left out, and the next packet goes to another decoder', (t) => {
  const { decoder, decoders, fault, decoded } = setUp(t);
  decoder.receive(packet(STEREO));
  fault.copyTo = true;
  assert.equal(decoded(decoders[0]!), true);
  decoder.receive(packet());
  assert.deepEqual(
    decoders.map(({ state }) => state),
    ['closed', 'configured'],
  );
  fault.copyTo = false;
  assert.equal(decoded(decoders[1]!), true);
});

test('a decoder that does not take its configuration is closed, and after six of them the sound is given up', (t) => {
  const { decoder, decoders, fault } = setUp(t);
  fault.configure = true;
  decoder.receive(packet(STEREO));
  for (let more = 0; more < 10; more += 1) decoder.receive(packet());
  assert.deepEqual(
    decoders.map(({ state }) => state),
    Array.from({ length: 6 }, () => 'closed'),
  );
});
