import type { StreamerStatistics } from '@moonshare/contract';

/** The last answer, and the previous one from the same process, from which rates are computed. */
export interface Measurement {
  now: StreamerStatistics;
  before: StreamerStatistics | null;
}

export function measured(last: Measurement | undefined, now: StreamerStatistics): Measurement {
  const before = last?.now;
  // A restarted streamer counts from zero.
  const goesOn =
    before !== undefined &&
    before.process.pid === now.process.pid &&
    before.process.uptime_seconds < now.process.uptime_seconds;
  return { now, before: goesOn ? before : null };
}

/** Percent of one core since the previous answer, or since the process started. */
export function cpuPercent(measurement: Measurement): number | null {
  return rate(measurement, ({ process }) => process.cpu_seconds * 100);
}

/** Frames per second from the host. */
export function framesPerSecond({ now, before }: Measurement): number | null {
  // The process started before its first frame: an average over its life would be too low.
  return before === null ? null : rate({ now, before }, ({ host }) => host.video.frames);
}

function rate({ now, before }: Measurement, count: (statistics: StreamerStatistics) => number): number | null {
  const seconds = now.process.uptime_seconds - (before?.process.uptime_seconds ?? 0);
  const counted = count(now) - (before === null ? 0 : count(before));
  return seconds > 0 ? Math.max(0, counted / seconds) : null;
}
