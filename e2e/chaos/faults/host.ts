import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../../harness/virtual-host.ts';
import { STREAM } from '../stream.ts';
import { HANG_MS, PAUSE_MS, stopFor } from './stop-for.ts';
import type { Fault } from './types.ts';

const AWAY_MS = 1_000;
const LOSS_MS = 5_000;

export const HOST_FAULTS: readonly Fault[] = [
  {
    name: 'host killed',
    inject: async ({ testbed }) => {
      await testbed.host.kill();
      await delay(AWAY_MS);
      await testbed.host.revive();
      return { impact: () => 'picture', reason: /CONTROL_LOST|HOST_UNREACHABLE/ };
    },
  },
  {
    name: 'host hangs',
    alone: true,
    inject: async ({ testbed }) => {
      await stopFor(testbed.host.pid, HANG_MS);
      return { impact: () => 'picture', reason: /CONTROL_LOST|HOST_TIMEOUT/ };
    },
  },
  {
    name: 'host pauses',
    inject: async ({ testbed }) => {
      await stopFor(testbed.host.pid, PAUSE_MS);
      return { impact: () => 'picture' };
    },
  },
  {
    name: 'datagrams lost',
    inject: async ({ testbed }) => {
      await testbed.host.drop(30);
      await delay(LOSS_MS);
      await testbed.host.drop(0);
      return { impact: () => 'picture' };
    },
  },
  {
    name: 'app ended',
    alone: true,
    inject: async ({ testbed, streamerIds }) => {
      await testbed.host.endApp();
      for (const id of streamerIds) {
        await poll(
          `${id} to report that the host ended its app`,
          () => testbed.api.streamer(id),
          ({ status, error }) => status === 'failed' && error?.code === 'TERMINATED',
        );
        await testbed.api.ensureStreamer(id, STREAM);
      }
      return { impact: () => 'socket', reason: /TERMINATED/ };
    },
  },
];
