import { MediaSocketPlayer } from '../../../../packages/client/websocket/media-socket-player.ts';

const video = document.createElement('video');
video.playsInline = true;
document.body.append(video);
const happened: string[] = [];
const socket = new MediaSocketPlayer({
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
      video.srcObject = stream;
      video.play().catch(() => {
        video.muted = true;
        void video.play();
      });
    },
  },
});

/** What the tests call; all of it returns JSON, since Firefox's driver passes texts only. */
const page = {
  socket,
  happened: () => JSON.stringify(happened),
  statistics: async () => JSON.stringify(await socket.statistics({ hostChannels: 2, hostEncryption: null })),
  send: (event: Parameters<MediaSocketPlayer['send']>[0]) => socket.send(event),

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
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(video.srcObject as MediaStream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    for (;;) {
      await new Promise(requestAnimationFrame);
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      if (rms >= least) return JSON.stringify(rms);
    }
  },
};
Reflect.set(globalThis, 'page', page);
