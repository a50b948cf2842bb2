import type { PictureCounters } from './freeze-detector.ts';

/** What a getStats report says about the picture; null if nothing is received. */
export function pictureCounters(report: RTCStatsReport | ReadonlyMap<string, unknown>): PictureCounters | null {
  const entries = [...report.values()] as Record<string, unknown>[];
  const video = entries.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
  const transport = entries.find(({ type }) => type === 'transport');
  if (video === undefined) return null;
  return {
    bytesReceived: number(video.bytesReceived) ?? 0,
    framesReceived: number(video.framesReceived),
    framesDecoded: number(video.framesDecoded) ?? 0,
    connectionBytes: number(transport?.bytesReceived),
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
