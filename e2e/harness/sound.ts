import type { Page } from 'playwright-core';

/** Only Chromium has it; the parts that are used. */
declare const MediaStreamTrackProcessor: new (init: {
  track: MediaStreamTrack;
}) => { readable: ReadableStream<AudioData> };

/** The steady note of each channel in a virtual host's surround sound, FL FR C LFE RL RR SL SR (its README), Hz. */
export const CHANNEL_HERTZ = [600, 800, 1000, 60, 1200, 1400, 1600, 1800];

/** For each channel that the page decodes: how loud each note of `CHANNEL_HERTZ` is in it, 0..1, over half a second. */
export function channelNotes(page: Page): Promise<number[][]> {
  return page.evaluate(async (notes) => {
    const video = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('video')!;
    const [track] = (video.srcObject as MediaStream).getAudioTracks();
    const reader = new MediaStreamTrackProcessor({ track: track! }).readable.getReader();
    const SAMPLES = 24_000;
    const look = async (): Promise<Float32Array[]> => {
      let channels: Float32Array[] = [];
      for (let at = 0; at < SAMPLES; ) {
        const { value: data } = await reader.read();
        if (data === undefined) throw new Error('the sound has ended');
        const { numberOfChannels, numberOfFrames } = data;
        if (channels.length !== numberOfChannels) {
          // Another format has begun.
          channels = Array.from({ length: numberOfChannels }, () => new Float32Array(SAMPLES));
          at = 0;
        }
        for (const [planeIndex, channel] of channels.entries()) {
          const plane = new Float32Array(numberOfFrames);
          data.copyTo(plane, { planeIndex, format: 'f32-planar' });
          channel.set(plane.subarray(0, SAMPLES - at), at);
        }
        data.close();
        at += numberOfFrames;
      }
      return channels;
    };
    const loudness = (samples: Float32Array, hertz: number): number => {
      let [re, im] = [0, 0];
      for (const [at, sample] of samples.entries()) {
        const phase = (2 * Math.PI * hertz * at) / 48_000;
        re += sample * Math.cos(phase);
        im += sample * Math.sin(phase);
      }
      return (2 * Math.hypot(re, im)) / samples.length;
    };
    const channels = await look();
    await reader.cancel();
    return channels.map((samples) => notes.map((hertz) => loudness(samples, hertz)));
  }, CHANNEL_HERTZ);
}

/** The channels whose own note is clearly audible, by number. */
export function audibleChannels(notes: readonly number[], least = 0.015): number[] {
  return notes.flatMap((loudness, channel) => (loudness >= least ? [channel] : []));
}

/** Runs in the page of a viewer: the root mean square, 0..1, of the first sound that reaches `least`. */
export async function hearLoudness(least: number): Promise<number> {
  const video = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('video')!;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(video.srcObject as MediaStream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  for (;;) {
    await new Promise(requestAnimationFrame);
    analyser.getFloatTimeDomainData(samples);
    const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    if (rms < least) continue;
    await context.close();
    return rms;
  }
}
