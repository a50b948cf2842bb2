import type { OpusLayout } from '@moonshare/gamestream';
import { Application, createDecoder, createEncoder } from 'libopus-wasm';

const SAMPLE_RATE = 48_000;
const SAMPLES = 240;

/** Packets of 5 ms as a host with this layout makes them, with a separate note in each channel. `hertz`: by channel position. */
export async function surroundPackets(layout: OpusLayout, hertz: readonly number[], count: number): Promise<Buffer[]> {
  const encoders = await Promise.all(
    Array.from({ length: layout.streams }, (_, stream) =>
      createEncoder({
        sampleRate: SAMPLE_RATE,
        channels: stream < layout.coupledStreams ? 2 : 1,
        application: Application.RestrictedLowDelay,
        frameSize: SAMPLES,
        bitrate: 96_000,
        vbr: false,
      }),
    ),
  );
  const packets = Array.from({ length: count }, (_, index) => {
    let coded = 0;
    const parts = encoders.map((encoder) => {
      const channels = Array.from({ length: encoder.channels }, () => layout.mapping.indexOf(coded++));
      const samples = new Float32Array(SAMPLES * encoder.channels);
      for (let at = 0; at < SAMPLES; at += 1)
        for (const [side, channel] of channels.entries()) {
          const seconds = (index * SAMPLES + at) / SAMPLE_RATE;
          samples[at * encoder.channels + side] = 0.2 * Math.sin(2 * Math.PI * hertz[channel]! * seconds);
        }
      return Buffer.from(encoder.encodeFloat(samples));
    });
    return join(parts);
  });
  for (const encoder of encoders) encoder.free();
  return packets;
}

/** The level of each note, left and right, in the second half of stereo packets. */
export async function stereoNotes(packets: readonly Uint8Array[], hertz: readonly number[]): Promise<number[][]> {
  const decoder = await createDecoder({ sampleRate: SAMPLE_RATE, channels: 2 });
  const decoded = packets.map((packet) => decoder.decodeFloat(packet));
  decoder.free();
  const samples = decoded.slice(packets.length / 2).flatMap((piece) => [...piece]);
  const loudness = (side: number, each: number): number => {
    let [re, im] = [0, 0];
    for (let at = 0; 2 * at < samples.length; at += 1) {
      const phase = (2 * Math.PI * each * at) / SAMPLE_RATE;
      re += samples[2 * at + side]! * Math.cos(phase);
      im += samples[2 * at + side]! * Math.sin(phase);
    }
    return (4 * Math.hypot(re, im)) / samples.length;
  };
  return [0, 1].map((side) => hertz.map((each) => Math.round(loudness(side, each) * 10) / 10));
}

/** One frame each: all but the last carry their length, RFC 6716 appendix B. */
function join(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.map((part, index) =>
      index === parts.length - 1
        ? part
        : Buffer.concat([part.subarray(0, 1), Buffer.of(part.length - 1), part.subarray(1)]),
    ),
  );
}
