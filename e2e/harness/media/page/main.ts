import type { LiveSource } from '../../../../packages/client/transport/media-transport.ts';
import { createPlayer } from '../../../../packages/client/websocket/player.ts';
import { playerKind } from '../../../../packages/client/websocket/player-kind.ts';

const video = document.createElement('video');
video.playsInline = true;
document.body.append(video);
const happened: string[] = [];
/** Where the sound is heard that is not part of a stream. */
const audios: HTMLMediaElement[] = [];
const create = document.createElement.bind(document);
document.createElement = ((name: string) => {
  const element = create(name);
  if (element instanceof HTMLAudioElement) audios.push(element);
  return element;
}) as typeof document.createElement;

const append = SourceBuffer.prototype.appendBuffer;
SourceBuffer.prototype.appendBuffer = function (this: SourceBuffer, data) {
  try {
    append.call(this, data);
  } catch (error) {
    happened.push((error as Error).name);
    throw error;
  }
};

let live: LiveSource | null = null;
const play = async (): Promise<void> => {
  await video.play();
  await live?.playSound();
};

const socket = createPlayer({
  url: new URL('media', location.href.replace(/^http/, 'ws')),
  stereo: false,
  events: {
    connected: () => happened.push('connected'),
    ready: () => happened.push('ready'),
    failed: ({ code }) => happened.push(`failed ${code}`),
    feedback: ({ kind, id }) => happened.push(`${kind} ${id}`),
    general: (message) => happened.push(JSON.stringify(message)),
    stream: (stream) => {
      happened.push('stream');
      live?.detach();
      live = stream instanceof MediaStream ? null : stream;
      if (stream instanceof MediaStream) video.srcObject = stream;
      else stream.attach(video);
      play().catch(() => {
        video.muted = true;
        void play();
      });
    },
  },
});

/** What the tests call; all of it returns JSON, since Firefox's driver passes texts only. */
const page = {
  socket,
  player: () => playerKind(),
  held: () => {
    const { buffered } = video;
    const { length } = buffered;
    const at = video.currentTime;
    return JSON.stringify(length === 0 ? null : { start: buffered.start(0), at, end: buffered.end(length - 1) });
  },
  /** As Chromium does with pages that nobody looks at, but not where it is headless. */
  hide(isHidden: boolean): string {
    Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
    if (isHidden) video.pause();
    document.dispatchEvent(new Event('visibilitychange'));
    if (!isHidden) void video.play();
    return '';
  },
  happened: () => JSON.stringify(happened),
  statistics: async () => JSON.stringify(await socket.statistics({ hostChannels: 2, hostEncryption: null })),
  send: (event: Parameters<typeof socket.send>[0]) => socket.send(event),

  /** Waits until this many different pictures have been shown from now on; how much each differs from the one before, 0..255. */
  async pictures(count: number): Promise<string> {
    const canvas = new OffscreenCanvas(64, 36);
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    const differences: number[] = [];
    let before: Uint8ClampedArray | null = null;
    while (differences.length < count) {
      await new Promise((shown) => video.requestVideoFrameCallback(shown));
      context.drawImage(video, 0, 0, 64, 36);
      const { data } = context.getImageData(0, 0, 64, 36);
      const last: Uint8ClampedArray = before ?? new Uint8ClampedArray(data.length);
      const difference = data.reduce((sum, value, at) => sum + Math.abs(value - last[at]!), 0) / data.length;
      before = data;
      if (difference > 0) differences.push(difference);
    }
    return JSON.stringify({ differences, width: video.videoWidth, height: video.videoHeight });
  },

  /** The root mean square of the first sound that reaches `least`, as the page's video plays it. */
  async loudness(least: number): Promise<string> {
    const { context, node } = sound();
    const analyser = context.createAnalyser();
    node.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    for (;;) {
      await new Promise(requestAnimationFrame);
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      if (rms >= least) return JSON.stringify(rms);
    }
  },

  /** For each channel of the sound, how loud each of these notes is in it, 0..1, over half a second. */
  async notes(channels: number, hertz: readonly number[]): Promise<string> {
    const found = (await samplesOf(channels)).map((samples) => hertz.map((note) => loudnessOf(samples, note)));
    return JSON.stringify(found);
  },
};

let tapped: { context: AudioContext; node: AudioNode } | null = null;

/** What is heard: of the video's stream, or of the element beside it. */
function sound(): { context: AudioContext; node: AudioNode } {
  if (tapped !== null) return tapped;
  const context = new AudioContext({ sampleRate: 48_000 });
  const [audio] = audios;
  // As loud as it would be without muting, which browsers apply before.
  video.muted = false;
  const node =
    audio === undefined
      ? context.createMediaStreamSource(video.srcObject as MediaStream)
      : context.createMediaElementSource(audio);
  tapped = { context, node };
  return tapped;
}

function samplesOf(channels: number): Promise<Float32Array[]> {
  if (typeof MediaStreamTrackProcessor === 'undefined' || audios.length > 0) return samplesByContext(channels);
  return samplesByProcessor((video.srcObject as MediaStream).getAudioTracks()[0]!, channels);
}

/** Only Chromium has it, whose audio contexts mix every track down to stereo. */
declare const MediaStreamTrackProcessor:
  | (new (init: {
      track: MediaStreamTrack;
    }) => { readable: ReadableStream<AudioData> })
  | undefined;

const SAMPLES = 24_000;

async function samplesByProcessor(track: MediaStreamTrack, channels: number): Promise<Float32Array[]> {
  const reader = new MediaStreamTrackProcessor!({ track }).readable.getReader();
  const samples = Array.from({ length: channels }, () => new Float32Array(SAMPLES));
  for (let at = 0; at < SAMPLES; ) {
    const { value: data } = await reader.read();
    if (data === undefined) throw new Error('the sound has ended');
    for (let channel = 0; channel < Math.min(channels, data.numberOfChannels); channel += 1) {
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex: channel, format: 'f32-planar' });
      samples[channel]!.set(plane.subarray(0, SAMPLES - at), at);
    }
    at += data.numberOfFrames;
    data.close();
  }
  await reader.cancel();
  return samples;
}

async function samplesByContext(channels: number): Promise<Float32Array[]> {
  const { context, node } = sound();
  const splitter = new ChannelSplitterNode(context, { numberOfOutputs: channels });
  node.connect(splitter);
  const analysers = Array.from({ length: channels }, (_, channel) => {
    const analyser = new AnalyserNode(context, { fftSize: 32_768 });
    splitter.connect(analyser, channel);
    return analyser;
  });
  const until = context.currentTime + 1.5;
  while (context.currentTime < until) await new Promise(requestAnimationFrame);
  const samples = analysers.map((analyser) => {
    const channel = new Float32Array(SAMPLES);
    analyser.getFloatTimeDomainData(channel);
    return channel;
  });
  node.disconnect(splitter);
  return samples;
}

function loudnessOf(samples: Float32Array, hertz: number): number {
  let [re, im] = [0, 0];
  for (const [at, sample] of samples.entries()) {
    const phase = (2 * Math.PI * hertz * at) / 48_000;
    re += sample * Math.cos(phase);
    im += sample * Math.sin(phase);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

Reflect.set(globalThis, 'page', page);
