import type { SoundReport } from './sound-buffer.ts';

/** From the worker to the worklet: one decoded packet, an array of samples for each channel. */
export interface DecodedSound {
  planes: Float32Array<ArrayBuffer>[];
  timeUs: number;
}

/** From the worklet to the worker. */
export interface HeardSound extends SoundReport {
  /** Packets taken from the port so far. */
  taken: number;
}

/** Opus always decodes to this. */
export const SOUND_RATE = 48_000;
/** The name under which the worklet's processor is registered. */
export const SOUND_PROCESSOR = 'moonshare-sound';
