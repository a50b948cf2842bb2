/** The tune: a pentatonic walk, one note a second, chosen by the wall clock so that sound and picture agree. */
export const NOTES = [
  { name: 'C4', hertz: 261.626 },
  { name: 'E4', hertz: 329.628 },
  { name: 'G4', hertz: 391.995 },
  { name: 'A4', hertz: 440 },
  { name: 'C5', hertz: 523.251 },
  { name: 'A4', hertz: 440 },
  { name: 'G4', hertz: 391.995 },
  { name: 'D4', hertz: 293.665 },
] as const;

export const SAMPLE_RATE = 48_000;
const LEVEL = 0.08;

/** A steady note identifies each surround channel (FL FR C LFE RL RR SL SR): whole hertz, so that no second starts with a click. */
export const CHANNEL_HERTZ = [600, 800, 1000, 60, 1200, 1400, 1600, 1800] as const;
const CHANNEL_LEVEL = 0.05;

/** Index of the note at a moment; `time` is the wall clock in ms. */
export function noteIndexAt(time: number): number {
  return Math.floor(time / 1000) % NOTES.length;
}

/**
 * The sound of `count` samples per channel from `time` (ms, wall clock) on: interleaved 32-bit floats. Every channel has the tune,
 * surround channels also their own note. A soft attack and a slow decay in each second avoid clicks; two overtones add colour.
 */
export function toneSamples(time: number, count: number, channels: number): Buffer {
  const out = Buffer.alloc(count * channels * 4);
  const samples = new Float32Array(out.buffer, out.byteOffset, count * channels);
  for (let index = 0; index < count; index++) {
    const at = time + (index * 1000) / SAMPLE_RATE;
    const { hertz } = NOTES[noteIndexAt(at)]!;
    const seconds = (at % 1000) / 1000;
    const phase = 2 * Math.PI * hertz * seconds;
    const envelope = Math.min(1, seconds / 0.02, (1 - seconds) / 0.03) * Math.exp(-1.6 * seconds);
    const value = LEVEL * envelope * (Math.sin(phase) + 0.3 * Math.sin(2 * phase) + 0.1 * Math.sin(3 * phase));
    for (let channel = 0; channel < channels; channel++) {
      const own = channels > 2 ? CHANNEL_LEVEL * Math.sin(2 * Math.PI * CHANNEL_HERTZ[channel]! * seconds) : 0;
      samples[index * channels + channel] = value + own;
    }
  }
  return out;
}
