import { MediaDoor } from '../harness/media-door.ts';
import { Scene } from '../harness/scene.ts';
import { SocketViewer } from '../harness/socket-viewer.ts';
import { percentile } from '../harness/statistics.ts';
import { ThrottledPort } from '../harness/throttled-port.ts';
import type { Bench } from '../harness/types.ts';

const OTHERS = 19;
const LINE_KBPS = 1_000;
/** It becomes reduced in the first seconds; a trial or two follow. */
const LEAST_SECONDS = 30;
const MB = 1024 * 1024;

/** One viewer's line carries a tenth of the stream, over a media socket; how far behind it is, and whether the others notice. */
export const slowViewer: Bench = {
  name: 'slow-viewer',
  run: ({ seconds, progress }) =>
    Scene.run(async (scene) => {
      const { streamer } = scene;
      progress(`${OTHERS} viewers join`);
      await scene.addViewers(OTHERS);
      const door = await MediaDoor.open(streamer, 'plain');
      const line = await ThrottledPort.open(door.port, LINE_KBPS);
      // When each frame arrived for a viewer with a fast line.
      const reference = await SocketViewer.join(streamer, 'reference', door.port);
      await scene.settle();
      const stretch = Math.max(seconds, LEAST_SECONDS);
      progress(`${stretch} s without it`);
      const before = (await scene.measureDelay(stretch)).delays;
      const memory = await streamer.memory();
      progress(`${stretch} s with one viewer behind ${LINE_KBPS} kbit/s`);
      const slow = await SocketViewer.join(streamer, 'slow', line.port);
      const during = (await scene.measureDelay(stretch)).delays;
      const growth = ((await streamer.memory()) - memory) / MB;
      const rungs = streamer.rungs.filter(({ peerId }) => peerId === 'slow').map(({ rung }) => rung);
      const sentAt = new Map(reference.frames.map(({ number, at }) => [number, at]));
      const behind = slow.frames.flatMap(({ number, at }) => (sentAt.has(number) ? [at - sentAt.get(number)!] : []));
      const keyFrames = reference.frames.filter(({ isKey, at }) => isKey && at >= slow.frames[0]!.at).length;
      for (const viewer of [reference, slow]) viewer.close();
      line.close();
      door.close();
      const [p99Before, p99During] = [percentile(before, 0.99), percentile(during, 0.99)];
      return [
        {
          what: 'slow viewer: a frame arrives later than on a fast line by, at most',
          value: Math.max(...behind),
          unit: 'ms',
          bar: '< 1000',
          note: `p50 ${percentile(behind, 0.5).toFixed(0)} ms; ${slow.frames.length} frames, told ${rungs.join(', ')}`,
        },
        {
          what: 'slow viewer: p99 of the others before',
          value: p99Before,
          unit: 'ms',
          bar: '',
          note: `${before.length} frames`,
        },
        {
          what: 'slow viewer: p99 of the others during',
          value: p99During,
          unit: 'ms',
          bar: `< ${(p99Before + 1).toFixed(2)}`,
          note: `${during.length} frames`,
        },
        {
          what: 'slow viewer: seconds for each key frame of the host',
          value: stretch / keyFrames,
          unit: 's',
          bar: '>= 2',
          note: `${keyFrames} key frames in ${stretch} s`,
        },
        {
          what: 'slow viewer: memory of the streamer grows by',
          value: growth,
          unit: 'MB',
          bar: 'bounded',
          note: 'resident',
        },
      ];
    }),
};
