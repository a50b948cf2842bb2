import type { StreamerInfo } from '@moonshare/contract';
import { poll } from '../../harness/virtual-host.ts';
import type { Viewer } from '../crowd.ts';
import { pick } from '../random.ts';
import { STREAM } from '../stream.ts';
import { sendLink } from './links.ts';
import { PAUSE_MS, stopFor } from './stop-for.ts';
import type { Deed, Hurt, Outcome, Scene } from './types.ts';

/** Below what a streamer is given up for. */
const KILLS = 3;

export const STREAMER_DEEDS: readonly Deed[] = [
  {
    name: 'streamer killed',
    commit: (scene) => toStreamer(scene, async (pid) => void process.kill(pid, 'SIGKILL'), 'peer', /STREAMER_DIED/),
  },
  {
    name: 'streamer killed as soon as it is there',
    alone: true,
    commit: (scene) =>
      toStreamer(
        scene,
        async (first, id) => {
          let last = first;
          for (let kill = 1; kill <= KILLS; kill++) {
            const before = last;
            if (kill > 1) {
              const next = await poll(
                'the next process',
                () => scene.world.pidOf(id),
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
    commit: (scene) => toStreamer(scene, async (pid) => void process.kill(pid, 'SIGSTOP'), 'peer', /STREAMER_DIED/),
  },
  {
    name: 'streamer pauses',
    commit: (scene) => toStreamer(scene, (pid) => stopFor(pid, PAUSE_MS), 'picture'),
  },
  {
    name: 'streamer ended by somebody',
    commit: (scene) => toStreamer(scene, async (pid) => void process.kill(pid, 'SIGTERM'), 'peer', /STREAMER_DIED/),
  },
  {
    name: 'streamer deleted',
    alone: true,
    commit: async ({ world, crowd, random, streamerIds }) => {
      const id = pick(streamerIds, random);
      await world.api.call('DELETE', `/api/streamers/${id}`);
      await world.api.ensureStreamer(id, STREAM);
      // Links end with their streamer.
      for (const viewer of crowd.viewers) if (isAt(viewer, id)) await sendLink(world, crowd, viewer);
      return { hurt: (viewer) => (isAt(viewer, id) ? 'socket' : 'nothing'), told: /STREAMER_STOPPED/ };
    },
  },
];

/** To the process of one streamer, those of older front ends included. */
async function toStreamer(
  { world, crowd, random }: Scene,
  act: (pid: number, id: string) => Promise<void>,
  hurt: Hurt,
  told?: RegExp,
): Promise<Outcome> {
  const { streamers } = await world.api.call<{ streamers: StreamerInfo[] }>('GET', '/api/streamers');
  const { streamer_id: id, connected_peers } = pick(streamers, random);
  // Older front ends do not know the id of what they started: it is told by how many are there.
  const joiners = crowd.viewers.filter(({ ticket }) => ticket.kind === 'joiner').length;
  const kind = connected_peers === joiners ? 'joiner' : 'legacy';
  const isThere = (viewer: Viewer) => (id.startsWith('legacy-') ? viewer.ticket.kind === kind : isAt(viewer, id));
  const pid = await world.pidOf(id);
  if (pid !== null) await act(pid, id);
  return { hurt: (viewer) => (isThere(viewer) ? hurt : 'nothing'), ...(told === undefined ? {} : { told }) };
}

function isAt({ ticket }: Viewer, streamerId: string): boolean {
  return 'streamerId' in ticket && ticket.streamerId === streamerId;
}
