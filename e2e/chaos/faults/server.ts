import { setTimeout as delay } from 'node:timers/promises';
import { pick } from '../random.ts';
import { seconds } from '../table.ts';
import type { Testbed } from '../testbed.ts';
import { stopFor } from './stop-for.ts';
import type { Fault } from './types.ts';

/** The server gives up on a silent streamer after 6 s; it is itself stopped for longer than that, and nobody may be affected. */
const STILL_MS = 8_000;
/** Ten seconds (docs/architecture.md, "When something breaks"), and some slack for a busy machine. */
const ORPHANS_MS = 15_000;

export const SERVER_FAULTS: readonly Fault[] = [
  {
    name: 'server stands still',
    alone: true,
    inject: async ({ testbed }) => {
      await stopFor(testbed.serverPid, STILL_MS);
      return { impact: () => 'nothing' };
    },
  },
  {
    name: 'second server on the same data',
    alone: true,
    inject: async ({ testbed }) => {
      const output = await testbed.tryAnotherServer();
      if (!output.includes('Another Moonshare server is using')) throw new Error(`a second server printed ${output}`);
      return { impact: () => 'nothing' };
    },
  },
  {
    name: 'server killed',
    alone: true,
    endsServer: true,
    inject: async ({ testbed }) => {
      await testbed.killServer();
      const ms = await testbed.streamersEnd();
      if (ms > ORPHANS_MS) throw new Error(`its streamers took ${seconds(ms)} s to end`);
      await demandLeft(testbed);
      await testbed.startServer();
      return { impact: () => 'socket', note: `its streamers ended after ${seconds(ms)} s` };
    },
  },
  {
    name: 'server killed, streamer stopped',
    endsServer: true,
    inject: async ({ testbed, random }) => {
      const pids = await testbed.streamerPids();
      if (pids.length > 0) process.kill(pick(pids, random), 'SIGSTOP');
      await testbed.killServer();
      await testbed.startServer();
      const ms = await testbed.streamersEnd();
      return { impact: () => 'socket', note: `its streamers ended ${seconds(ms)} s after the next one started` };
    },
  },
  {
    name: 'server killed twice',
    endsServer: true,
    inject: async ({ testbed, random }) => {
      await testbed.killServer();
      await testbed.startServer();
      await delay(3_000 * random());
      await testbed.killServer();
      await testbed.startServer();
      return { impact: () => 'socket' };
    },
  },
  {
    name: 'server ended',
    alone: true,
    endsServer: true,
    inject: async ({ testbed }) => {
      const code = await testbed.endServer();
      const streamers = await testbed.livingStreamers();
      if (code !== 0 || streamers.length > 0) throw new Error(`SIGTERM left ${JSON.stringify({ code, streamers })}`);
      await demandLeft(testbed);
      await testbed.startServer();
      return { impact: () => 'socket' };
    },
  },
];

/** The streams have ended; the apps run on for the next server, as the streamers are still desired. */
async function demandLeft({ host }: Testbed): Promise<void> {
  const { app } = await host.until('no session', ({ sessions }) => sessions.length === 0);
  if (app === null) throw new Error('the app of streamers that are still desired was ended');
}
