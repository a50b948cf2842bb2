import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import type { AudioPacket } from '@moonshare/gamestream';
import type { StreamFormat, ViewerSound, ViewerTransport } from '../viewer/transport.ts';
import { SoundRouter } from './sound-router.ts';
import { surroundPackets } from './testing/surround-host.ts';

type Format = Pick<StreamFormat, 'audio' | 'audioPacketMs'>;
const STEREO: Format = { audio: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] }, audioPacketMs: 5 };
const SURROUND: Format = {
  audio: { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] },
  audioPacketMs: 5,
};
const HERTZ = [400, 800, 1200, 200, 1600, 2000];

interface Named extends ViewerTransport {
  id: string;
}

interface Sent {
  packet: AudioPacket;
  viewers: string[];
}

function setUp(t: TestContext) {
  const events = new EventEmitter<{ sent: [Sent] }>();
  const sent: Sent[] = [];
  const errors: unknown[] = [];
  const engine = {
    sendAudio(packet: AudioPacket, viewers: readonly ViewerTransport[]) {
      sent.push({ packet, viewers: (viewers as readonly Named[]).map(({ id }) => id) });
      events.emit('sent', sent.at(-1)!);
    },
  };
  const sound = new SoundRouter(engine, { info: () => {}, error: (fault: unknown) => errors.push(fault) });
  t.after(() => sound.close());
  /** Resolves when the engine has been given this many packets. */
  const sentUntil = async (count: number): Promise<Sent[]> => {
    while (sent.length < count) await once(events, 'sent');
    return sent;
  };
  return { sound, sent, errors, sentUntil };
}

const viewer = (id: string, sound: ViewerSound | null) => ({ id, sound }) as Named;
const packet = (sequence: number, data: Buffer): AudioPacket => {
  return { sequence, data, durationMs: 5, receivedAt: sequence * 5, recovered: false };
};

test("a stereo host's sound goes to everyone unchanged", (t) => {
  const { sound, sent } = setUp(t);
  sound.setFormat(STEREO);
  const first = packet(0, Buffer.of(1));
  sound.send(first, [viewer('a', 'unchanged'), viewer('b', null)]);
  assert.deepEqual(sent, [{ packet: first, viewers: ['a', 'b'] }]);
});

test('surround goes unchanged to viewers that take it, and mixed down to all others, with the same numbers', async (t) => {
  const { sound, errors, sentUntil } = setUp(t);
  sound.setFormat(SURROUND);
  const packets = (await surroundPackets(SURROUND.audio, HERTZ, 2)).map((data, sequence) => packet(sequence, data));
  const viewers = [viewer('a', 'unchanged'), viewer('b', 'stereo mix'), viewer('c', 'stereo mix')];
  for (const each of packets) sound.send(each, viewers);
  const sent = await sentUntil(4);
  assert.deepEqual(
    sent.slice(0, 2),
    packets.map((each) => ({ packet: each, viewers: ['a'] })),
  );
  assert.deepEqual(
    sent
      .slice(2)
      .map(({ packet: { sequence, receivedAt, data }, viewers: to }) => [sequence, receivedAt, data.length, to]),
    [
      [0, 0, 120, ['b', 'c']],
      [1, 5, 120, ['b', 'c']],
    ],
  );
  assert.deepEqual(errors, []);
});

test('a broken packet is skipped, and a late one is not mixed', async (t) => {
  const { sound, sentUntil } = setUp(t);
  sound.setFormat(SURROUND);
  const [first, second] = await surroundPackets(SURROUND.audio, HERTZ, 2);
  const viewers = [viewer('b', 'stereo mix')];
  sound.send(packet(1, first!), viewers);
  sound.send(packet(0, first!), viewers);
  sound.send(packet(2, Buffer.of(0xec)), viewers);
  sound.send(packet(3, second!), viewers);
  const mixed = (await sentUntil(6)).filter(({ viewers: to }) => to.length > 0);
  assert.deepEqual(
    mixed.map(({ packet: { sequence } }) => sequence),
    [1, 3],
  );
});

test('a session that starts over at 0 is mixed from its start', async (t) => {
  const { sound, sentUntil } = setUp(t);
  const [first] = await surroundPackets(SURROUND.audio, HERTZ, 1);
  for (const sequence of [900, 0]) {
    sound.setFormat(SURROUND);
    sound.send(packet(sequence, first!), [viewer('b', 'stereo mix')]);
    await sentUntil(sequence === 900 ? 2 : 4);
  }
});

test('an impossible layout is logged, and only the mixed sound is lost', async (t) => {
  const { sound, errors } = setUp(t);
  const failed = Promise.withResolvers<void>();
  const push = errors.push.bind(errors);
  errors.push = (...faults) => {
    failed.resolve();
    return push(...faults);
  };
  sound.setFormat({ audio: { ...SURROUND.audio, streams: 300 }, audioPacketMs: 7 as 5 });
  sound.send(packet(0, Buffer.of(1)), [viewer('b', 'stereo mix')]);
  await failed.promise;
  assert.equal(errors.length, 1);
});
