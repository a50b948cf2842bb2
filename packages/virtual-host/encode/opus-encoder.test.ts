import assert from 'node:assert/strict';
import { test } from 'node:test';
import { opusLoudness } from '../testing/video-decoder.ts';
import { OpusEncoder } from './opus-encoder.ts';
import { CHANNEL_HERTZ, NOTES, noteIndexAt, SAMPLE_RATE, toneSamples } from './tone.ts';

async function packets(channels: 2 | 6 | 8, packetMs: 5 | 10, count: number): Promise<Buffer[]> {
  const encoder = await OpusEncoder.open(channels, packetMs);
  const out: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    const packet = encoder.encode(toneSamples(index * packetMs, encoder.samplesPerPacket, channels));
    if (packet !== null) out.push(packet);
  }
  encoder.close();
  return out;
}

// Sizes and TOC bytes of protocol/3 §8.4; 7.1 at 10 ms would be 562.5 bytes by its bit rate.
for (const { channels, packetMs, size, toc } of [
  { channels: 2, packetMs: 5, size: 60, toc: 0xec },
  { channels: 2, packetMs: 10, size: 120, toc: 0xf4 },
  { channels: 6, packetMs: 5, size: 160, toc: 0xec },
  { channels: 6, packetMs: 10, size: 320, toc: 0xf4 },
  { channels: 8, packetMs: 5, size: 281, toc: 0xec },
  { channels: 8, packetMs: 10, size: 563, toc: 0xf4 },
] as const) {
  test(`${channels} channels in packets of ${packetMs} ms: ${size} bytes each`, async () => {
    const out = await packets(channels, packetMs, 250);
    assert.equal(out.length, 250);
    for (const packet of out) {
      assert.equal(packet.length, size);
      assert.equal(packet[0], toc);
    }
  });
}

test('the tone is audible but not loud, and fades where the note changes', async () => {
  const loudness = await opusLoudness(await packets(2, 5, 400));
  const middle = loudness.slice(20, 60);
  assert.ok(Math.min(...middle) > 0.005, `too quiet: ${Math.min(...middle)}`);
  assert.ok(Math.max(...loudness) < 0.2, `too loud: ${Math.max(...loudness)}`);
  assert.ok(loudness[200]! < middle[0]! / 2, 'no pause between the notes');
});

test('the note changes each second of the wall clock', () => {
  const indices = Array.from({ length: 2 * NOTES.length }, (_, second) => noteIndexAt(second * 1000));
  for (let second = 1; second < indices.length; second++) {
    assert.notEqual(NOTES[indices[second]!]!.hertz, NOTES[indices[second - 1]!]!.hertz);
  }
  assert.equal(noteIndexAt(999), noteIndexAt(0));
});

test('each surround channel has a note of its own; stereo has none', () => {
  const second = (channels: number): Float32Array => {
    const buffer = toneSamples(0, SAMPLE_RATE, channels);
    return new Float32Array(buffer.buffer, buffer.byteOffset, SAMPLE_RATE * channels);
  };
  const loudness = (samples: Float32Array, channel: number, hertz: number): number => {
    const channels = samples.length / SAMPLE_RATE;
    let [re, im] = [0, 0];
    for (let at = 0; at < SAMPLE_RATE; at++) {
      const phase = (2 * Math.PI * hertz * at) / SAMPLE_RATE;
      re += samples[at * channels + channel]! * Math.cos(phase);
      im += samples[at * channels + channel]! * Math.sin(phase);
    }
    return (2 * Math.hypot(re, im)) / SAMPLE_RATE;
  };
  const surround = second(8);
  for (const [channel, own] of CHANNEL_HERTZ.entries())
    for (const hertz of CHANNEL_HERTZ) assert.equal(loudness(surround, channel, hertz) > 0.04, hertz === own);
  assert.ok(loudness(second(2), 0, CHANNEL_HERTZ[0]) < 0.01);
});

test('consecutive pieces of the tone join seamlessly', () => {
  const whole = toneSamples(500, 480, 1);
  const first = toneSamples(500, 240, 1);
  const second = toneSamples(500 + (240 * 1000) / SAMPLE_RATE, 240, 1);
  assert.deepEqual(Buffer.concat([first, second]), whole);
});
