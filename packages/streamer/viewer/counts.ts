import { type ViewerCounts, viewerCountsSchema } from '@moonshare/contract';

const COUNTS = viewerCountsSchema.keyof().options;

export const NO_COUNTS = Object.fromEntries(COUNTS.map((name) => [name, 0])) as ViewerCounts;

export function addCounts(sum: ViewerCounts, more: ViewerCounts): ViewerCounts {
  return Object.fromEntries(COUNTS.map((name) => [name, sum[name] + more[name]])) as ViewerCounts;
}
