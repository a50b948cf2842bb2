import type { CreatedLink } from '@moonshare/contract';
import { Flooders } from '../../harness/flood/flooders.ts';
import { poll } from '../../harness/virtual-host.ts';
import { mb } from '../memory.ts';
import { pick, shuffled } from '../random.ts';
import type { Fault } from './types.ts';

const KINDS = ['plis', 'nacks', 'messages', 'large messages', 'channels'] as const;
const FLOODERS = 4;
/** How many disconnections to wait for: each flooder returns at once, and on a busy machine some never send too much. */
const TIMES = 8;
const MAX_GROWTH = 160 * 1024 * 1024;

export const FLOOD_FAULTS: readonly Fault[] = [
  {
    name: 'four flood',
    alone: true,
    inject: async ({ testbed, random, streamerIds }) => {
      const streamerId = pick(streamerIds, random);
      const links = `/api/streamers/${streamerId}/links`;
      const { url, id } = await testbed.api.call<CreatedLink>('POST', links, { role: 'watch' });
      const link = new URLSearchParams(new URL(url).hash.slice(1)).get('token')!;
      const before = await testbed.memoryOf(streamerId);
      const kinds = shuffled([...KINDS], random).slice(0, FLOODERS);
      const flooders = new Flooders({ server: testbed.api.url, streamerId, link, kinds });
      let most = before;
      try {
        await poll(
          'flooders to be disconnected again and again',
          async () => {
            most = Math.max(most, await testbed.memoryOf(streamerId));
            return flooders.reports;
          },
          (reports) =>
            reports.flatMap(({ closeReasons }) => closeReasons).filter((what) => what === 'RATE_LIMITED').length >=
            TIMES,
        );
      } finally {
        await flooders.close();
      }
      await testbed.api.call('DELETE', `${links}/${id}`);
      if (most - before > MAX_GROWTH) throw new Error(`${streamerId} grew from ${mb(before)} to ${mb(most)} MB`);
      const floods = flooders.reports.reduce((sum, report) => sum + report.floods, 0);
      return { impact: () => 'nothing', note: `${floods} floods, ${mb(most - before)} MB more at most` };
    },
  },
];
