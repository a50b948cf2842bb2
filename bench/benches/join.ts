import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { type ChromiumPage, ChromiumPages } from '../../e2e/webrtc/chromium-pages.ts';
import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench } from '../harness/types.ts';

const JOINS = 6;

/** One viewer at a time, joining a stream that others are watching. */
export const join: Bench = {
  name: 'join',
  run: ({ progress }) =>
    Scene.run(async (scene) => {
      const viewers = await scene.addViewers(1);
      await scene.settle();
      progress(`${JOINS} joins of native viewers`);
      const ids: string[] = [];
      for (let index = 0; index < JOINS; index += 1) {
        ids.push(await viewers.join());
        await scene.settle();
      }
      const firstFrames = await scene.streamer.firstFrames();
      const sent = ids.map((id) => firstFrames[id]! - viewers.joinedAt.get(id)!);
      progress(`${JOINS} joins of Chromium`);
      const decoded = await chromiumJoins(scene);
      const note = (all: number[]) => `slowest of ${all.length}: ${percentile(all, 1).toFixed(0)} ms`;
      return [
        { what: 'join to first frame sent', value: percentile(sent, 0.5), unit: 'ms', bar: '', note: note(sent) },
        {
          what: 'join to first decoded frame, Chromium',
          value: percentile(decoded, 0.5),
          unit: 'ms',
          bar: '< 150',
          note: `${note(decoded)}; signalling by IPC`,
        },
      ];
    }),
};

/** How long each took from its offer to its first picture, by the page's own clock. */
async function chromiumJoins(scene: Scene): Promise<number[]> {
  const pages = await ChromiumPages.launch();
  try {
    const times: number[] = [];
    for (let index = 0; index < JOINS; index += 1) times.push(await chromiumJoin(scene, pages, `chromium${index}`));
    return times;
  } finally {
    await pages.close();
  }
}

async function chromiumJoin({ streamer }: Scene, pages: ChromiumPages, peerId: string): Promise<number> {
  const toStreamer = (message: Negotiation) => streamer.send({ type: 'fromPeer', peerId, message });
  const page = await pages.open('offers media', toStreamer);
  const toPage = (id: string, message: ServerSignal) => id === peerId && page.receive(message);
  streamer.on('signal', toPage);
  try {
    await installClock(page);
    streamer.send({ type: 'addPeer', peerId, role: 'watch' });
    await page.start();
    return await streamer.orFailed(
      page.page.evaluate(() => Reflect.get(globalThis, 'firstPicture') as Promise<number>),
    );
  } finally {
    streamer.off('signal', toPage);
    streamer.send({ type: 'removePeer', peerId });
    await page.page.close();
  }
}

/** `firstPicture`: ms from creating the connection to the first decoded picture. */
async function installClock({ page }: ChromiumPage): Promise<void> {
  await page.evaluate(() => {
    const native = RTCPeerConnection;
    let startedAt = 0;
    globalThis.RTCPeerConnection = class extends native {
      constructor() {
        super();
        startedAt = performance.now();
      }
    };
    const picture = new Promise<number>((resolve) => {
      document.querySelector('video')?.requestVideoFrameCallback(() => resolve(performance.now() - startedAt));
    });
    Reflect.set(globalThis, 'firstPicture', picture);
  });
}
