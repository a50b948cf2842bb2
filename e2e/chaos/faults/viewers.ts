import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '../../harness/virtual-host.ts';
import { now } from '../clock.ts';
import { pick } from '../random.ts';
import { seconds } from '../table.ts';
import { sendLink } from './links.ts';
import { HANG_MS } from './stop-for.ts';
import type { Fault } from './types.ts';

/** Ten seconds (docs/architecture.md, "Figures to hold"), and some slack for a busy machine. */
const KEYS_MS = 15_000;

export const VIEWER_FAULTS: readonly Fault[] = [
  {
    name: 'viewer crashes',
    inject: async ({ viewerPool, random }) => {
      const one = pick(viewerPool.viewers, random);
      viewerPool.crash(one);
      return { impact: (viewer) => (viewer === one ? 'socket' : 'nothing') };
    },
  },
  {
    name: 'viewers killed',
    inject: async ({ viewerPool, random }) => {
      const home = Math.floor(random() * viewerPool.homes);
      await viewerPool.replace(home);
      return { impact: (viewer) => (viewer.home === home ? 'socket' : 'nothing') };
    },
  },
  {
    name: 'viewers freeze',
    alone: true,
    inject: async ({ testbed, viewerPool, random }) => {
      const home = Math.floor(random() * viewerPool.homes);
      const theirs = new Set(viewerPool.at(home).map(({ virtualKey }) => String.fromCharCode(virtualKey)));
      for (const viewer of viewerPool.at(home)) viewerPool.key(viewer, true);
      const isTheirs = (name: string) => theirs.has(name);
      await testbed.host.until('a key of a viewer that will freeze', ({ heldKeyNames }) => heldKeyNames.some(isTheirs));
      viewerPool.freeze(home);
      const from = now();
      await testbed.host.until('no key of a frozen viewer', ({ heldKeyNames }) => !heldKeyNames.some(isTheirs));
      const released = now() - from;
      if (released > KEYS_MS) throw new Error(`keys of frozen viewers were held for ${seconds(released)} s`);
      await delay(Math.max(0, HANG_MS - released));
      viewerPool.thaw(home);
      return {
        impact: (viewer) => (viewer.home === home ? 'socket' : 'nothing'),
        note: `keys of frozen viewers were released after ${seconds(released)} s`,
      };
    },
  },
  {
    name: 'link revoked',
    alone: true,
    inject: async ({ testbed, viewerPool, random }) => {
      const one = pick(
        viewerPool.viewers.filter(({ ticket }) => ticket.kind === 'link'),
        random,
      );
      const { ticket } = one;
      if (ticket.kind !== 'link') throw new Error(`${one.name} did not come by a link`);
      await testbed.api.call('DELETE', `/api/streamers/${ticket.streamerId}/links/${ticket.linkId}`);
      await poll(
        'the viewer to be told that its link has ended',
        async () => viewerPool.notificationsSince(one, 0).slice(-3),
        (notifications) => notifications.includes('ACCESS_REVOKED'),
      );
      await sendLink(testbed, viewerPool, one);
      return { impact: (viewer) => (viewer === one ? 'socket' : 'nothing'), reason: /ACCESS_REVOKED/ };
    },
  },
];
