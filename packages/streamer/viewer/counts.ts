import type { ViewerCounts } from '@moonshare/contract';

export const NO_COUNTS: Readonly<ViewerCounts> = {
  bytes_sent: 0,
  packets_sent: 0,
  frames_sent: 0,
  frames_dropped: 0,
  nacks_received: 0,
  packets_resent: 0,
  plis_received: 0,
};
const COUNTS = Object.keys(NO_COUNTS) as (keyof ViewerCounts)[];

export function addCounts(sum: ViewerCounts, more: ViewerCounts): ViewerCounts {
  return Object.fromEntries(COUNTS.map((name) => [name, sum[name] + more[name]])) as ViewerCounts;
}
