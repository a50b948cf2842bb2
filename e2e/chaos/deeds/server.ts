import { setTimeout as delay } from 'node:timers/promises';
import { pick } from '../random.ts';
import { seconds } from '../table.ts';
import type { World } from '../world.ts';
import { stopFor } from './stop-for.ts';
import type { Deed } from './types.ts';

/** A server misses a silent streamer after 6 s; so long it stands still itself, and nobody may suffer. */
const STILL_MS = 8_000;
/** Ten seconds (docs/architecture.md, "When something breaks"), and some for a machine that is busy. */
const ORPHANS_MS = 15_000;

export const SERVER_DEEDS: readonly Deed[] = [
  {
    name: 'server stands still',
    alone: true,
    commit: async ({ world }) => {
      await stopFor(world.serverPid, STILL_MS);
      return { hurt: () => 'nothing' };
    },
  },
  {
    name: 'second server on the same data',
    alone: true,
    commit: async ({ world }) => {
      const said = await world.tryAnotherServer();
      if (!said.includes('Another moonshare uses')) throw new Error(`a second server said ${said}`);
      return { hurt: () => 'nothing' };
    },
  },
  {
    name: 'server killed',
    alone: true,
    endsServer: true,
    commit: async ({ world }) => {
      await world.killServer();
      const ms = await world.streamersEnd();
      if (ms > ORPHANS_MS) throw new Error(`its streamers had ended after ${seconds(ms)} s only`);
      await demandLeft(world);
      await world.startServer();
      return { hurt: () => 'socket', note: `its streamers had ended after ${seconds(ms)} s` };
    },
  },
  {
    name: 'server killed, streamer stopped',
    endsServer: true,
    commit: async ({ world, random }) => {
      const pids = await world.streamerPids();
      if (pids.length > 0) process.kill(pick(pids, random), 'SIGSTOP');
      await world.killServer();
      await world.startServer();
      const ms = await world.streamersEnd();
      return { hurt: () => 'socket', note: `its streamers had ended ${seconds(ms)} s after the next one came` };
    },
  },
  {
    name: 'server killed twice',
    endsServer: true,
    commit: async ({ world, random }) => {
      await world.killServer();
      await world.startServer();
      await delay(3_000 * random());
      await world.killServer();
      await world.startServer();
      return { hurt: () => 'socket' };
    },
  },
  {
    name: 'server ended',
    alone: true,
    endsServer: true,
    commit: async ({ world }) => {
      const code = await world.endServer();
      const streamers = await world.livingStreamers();
      if (code !== 0 || streamers.length > 0) throw new Error(`SIGTERM left ${JSON.stringify({ code, streamers })}`);
      await demandLeft(world);
      await world.startServer();
      return { hurt: () => 'socket' };
    },
  },
];

/** The streams have ended; the apps run on for the next server. */
async function demandLeft({ host }: World): Promise<void> {
  const { app } = await host.until('no session', ({ sessions }) => sessions.length === 0);
  if (app === null) throw new Error('the app of streamers that are wanted was ended');
}
