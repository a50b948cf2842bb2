import type { StreamerInfo } from '@moonshare/contract';
import { poll } from '../../harness/virtual-host.ts';
import { pick } from '../random.ts';
import { STREAM } from '../stream.ts';
import type { Viewer } from '../viewer-pool.ts';
import { sendLink } from './links.ts';
import { PAUSE_MS, stopFor } from './stop-for.ts';
import type { Fault, Impact, Outcome, Scene } from './types.ts';

/** Fewer than it takes for a streamer to be given up. */
const KILLS = 3;

export const STREAMER_FAULTS: readonly Fault[] = [
  {
    name: 'streamer killed',
    inject: (scene) => toStreamer(scene, async (pid) => void process.kill(pid, 'SIGKILL'), 'peer', /STREAMER_DIED/),
  },
  {
    name: 'streamer killed as soon as it starts',
    alone: true,
    inject: (scene) =>
      toStreamer(
        scene,
        async (first, id) => {
          let last = first;
          for (let kill = 1; kill <= KILLS; kill++) {
            const before = last;
            if (kill > 1) {
              const next = await poll(
                'the next process',
                () => scene.testbed.pidOf(id),
                (pid) => pid !== null && pid !== before,
              );
              last = next!;
            }
            process.kill(last, 'SIGKILL');
          }
        },
        'peer',
        /STREAMER_DIED/,
      ),
  },
  {
    name: 'streamer hangs',
    inject: (scene) => toStreamer(scene, async (pid) => void process.kill(pid, 'SIGSTOP'), 'peer', /STREAMER_DIED/),
  },
  {
    name: 'streamer pauses',
    inject: (scene) => toStreamer(scene, (pid) => stopFor(pid, PAUSE_MS), 'picture'),
  },
  {
    name: 'streamer ended by somebody',
    inject: (scene) => toStreamer(scene, async (pid) => void process.kill(pid, 'SIGTERM'), 'peer', /STREAMER_DIED/),
  },
  {
    name: 'streamer deleted',
    alone: true,
    inject: async ({ testbed, viewerPool, random, streamerIds }) => {
      const id = pick(streamerIds, random);
      await testbed.api.call('DELETE', `/api/streamers/${id}`);
      await testbed.api.ensureStreamer(id, STREAM);
      // Links end with their streamer.
      for (const viewer of viewerPool.viewers) if (isAt(viewer, id)) await sendLink(testbed, viewerPool, viewer);
      return { impact: (viewer) => (isAt(viewer, id) ? 'socket' : 'nothing'), reason: /STREAMER_STOPPED/ };
    },
  },
];

/** Acts on the process of one streamer, which may be one of a legacy front end. */
async function toStreamer(
  { testbed, viewerPool, random }: Scene,
  act: (pid: number, id: string) => Promise<void>,
  impact: Impact,
  reason?: RegExp,
): Promise<Outcome> {
  const { streamers } = await testbed.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers');
  const { streamer_id: id, connected_peers } = pick(streamers, random);
  // Legacy front ends do not know the id of the streamer that they started: the number of viewers tells which one it is.
  const joiners = viewerPool.viewers.filter(({ ticket }) => ticket.kind === 'joiner').length;
  const kind = connected_peers === joiners ? 'joiner' : 'legacy';
  const isThere = (viewer: Viewer) => (id.startsWith('legacy-') ? viewer.ticket.kind === kind : isAt(viewer, id));
  const pid = await testbed.pidOf(id);
  if (pid !== null) await act(pid, id);
  return { impact: (viewer) => (isThere(viewer) ? impact : 'nothing'), ...(reason === undefined ? {} : { reason }) };
}

function isAt({ ticket }: Viewer, streamerId: string): boolean {
  return 'streamerId' in ticket && ticket.streamerId === streamerId;
}
