import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../../harness/virtual-host.ts';
import { STREAM } from '../stream.ts';
import { HANG_MS, PAUSE_MS, stopFor } from './stop-for.ts';
import type { Deed } from './types.ts';

const AWAY_MS = 1_000;
const LOSS_MS = 5_000;

export const HOST_DEEDS: readonly Deed[] = [
  {
    name: 'host killed',
    commit: async ({ world }) => {
      await world.host.kill();
      await delay(AWAY_MS);
      await world.host.revive();
      return { hurt: () => 'picture', told: /CONTROL_LOST|HOST_UNREACHABLE/ };
    },
  },
  {
    name: 'host hangs',
    alone: true,
    commit: async ({ world }) => {
      await stopFor(world.host.pid, HANG_MS);
      return { hurt: () => 'picture', told: /CONTROL_LOST|HOST_TIMEOUT/ };
    },
  },
  {
    name: 'host pauses',
    commit: async ({ world }) => {
      await stopFor(world.host.pid, PAUSE_MS);
      return { hurt: () => 'picture' };
    },
  },
  {
    name: 'datagrams lost',
    commit: async ({ world }) => {
      await world.host.drop(30);
      await delay(LOSS_MS);
      await world.host.drop(0);
      return { hurt: () => 'picture' };
    },
  },
  {
    name: 'app ended',
    alone: true,
    commit: async ({ world, streamerIds }) => {
      await world.host.endApp();
      for (const id of streamerIds) {
        await poll(
          `${id} to say that the host has ended it`,
          () => world.api.streamer(id),
          ({ status, error }) => status === 'failed' && error?.code === 'TERMINATED',
        );
        await world.api.ensureStreamer(id, STREAM);
      }
      return { hurt: () => 'socket', told: /TERMINATED/ };
    },
  },
];
