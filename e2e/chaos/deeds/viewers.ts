import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../../harness/virtual-host.ts';
import { now } from '../clock.ts';
import { pick } from '../random.ts';
import { seconds } from '../table.ts';
import { sendLink } from './links.ts';
import { HANG_MS } from './stop-for.ts';
import type { Deed } from './types.ts';

/** Ten seconds (docs/architecture.md, "Figures to hold"), and some for a machine that is busy. */
const KEYS_MS = 15_000;

export const VIEWER_DEEDS: readonly Deed[] = [
  {
    name: 'viewer crashes',
    commit: async ({ crowd, random }) => {
      const one = pick(crowd.viewers, random);
      crowd.crash(one);
      return { hurt: (viewer) => (viewer === one ? 'socket' : 'nothing') };
    },
  },
  {
    name: 'viewers killed',
    commit: async ({ crowd, random }) => {
      const home = Math.floor(random() * crowd.homes);
      await crowd.replace(home);
      return { hurt: (viewer) => (viewer.home === home ? 'socket' : 'nothing') };
    },
  },
  {
    name: 'viewers freeze',
    alone: true,
    commit: async ({ world, crowd, random }) => {
      const home = Math.floor(random() * crowd.homes);
      const theirs = new Set(crowd.at(home).map(({ virtualKey }) => String.fromCharCode(virtualKey)));
      for (const viewer of crowd.at(home)) crowd.key(viewer, true);
      const isTheirs = (name: string) => theirs.has(name);
      await world.host.until('a key of those who will freeze', ({ heldKeyNames }) => heldKeyNames.some(isTheirs));
      crowd.freeze(home);
      const from = now();
      await world.host.until('no key of the frozen', ({ heldKeyNames }) => !heldKeyNames.some(isTheirs));
      const released = now() - from;
      if (released > KEYS_MS) throw new Error(`keys of the frozen were held for ${seconds(released)} s`);
      await delay(Math.max(0, HANG_MS - released));
      crowd.thaw(home);
      return {
        hurt: (viewer) => (viewer.home === home ? 'socket' : 'nothing'),
        note: `keys of the frozen were up after ${seconds(released)} s`,
      };
    },
  },
  {
    name: 'link revoked',
    alone: true,
    commit: async ({ world, crowd, random }) => {
      const one = pick(
        crowd.viewers.filter(({ ticket }) => ticket.kind === 'link'),
        random,
      );
      const { ticket } = one;
      if (ticket.kind !== 'link') throw new Error(`${one.name} does not come by a link`);
      await world.api.call('DELETE', `/api/streamers/${ticket.streamerId}/links/${ticket.linkId}`);
      await poll(
        'the viewer to be told that its link has ended',
        async () => crowd.toldSince(one, 0).slice(-3),
        (told) => told.includes('ACCESS_REVOKED'),
      );
      await sendLink(world, crowd, one);
      return { hurt: (viewer) => (viewer === one ? 'socket' : 'nothing'), told: /ACCESS_REVOKED/ };
    },
  },
];
