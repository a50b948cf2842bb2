import type { PlayerCounters } from './player-counters.ts';

/** The names of codecs as WebRTC has them, by the beginning of their RFC 6381 string. */
const CODECS: readonly (readonly [beginning: RegExp, name: string])[] = [
  [/^avc/, 'H264'],
  [/^h(vc|ev)/, 'H265'],
  [/^av01/, 'AV1'],
];

/** A media socket's counters in the form of a getStats report, so that both transports have the same statistics. */
export function reportOf(counters: PlayerCounters): ReadonlyMap<string, unknown> {
  const entries: Record<string, unknown>[] = [
    {
      id: 'video',
      type: 'inbound-rtp',
      kind: 'video',
      timestamp: counters.at,
      bytesReceived: counters.videoBytes,
      framesReceived: counters.framesReceived,
      framesDecoded: counters.framesDecoded,
      framesDropped: counters.framesDropped,
      totalDecodeTime: counters.decodeSeconds,
      jitterBufferDelay: counters.bufferSeconds,
      jitterBufferEmittedCount: counters.framesShown,
      frameWidth: counters.width,
      frameHeight: counters.height,
      freezeCount: counters.freezes,
      codecId: 'picture',
      // Ours: getStats has none.
      decodeQueue: counters.decodeQueue,
    },
    {
      id: 'audio',
      type: 'inbound-rtp',
      kind: 'audio',
      bytesReceived: counters.audioBytes,
      concealmentEvents: counters.soundUnderruns,
      codecId: 'sound',
    },
    {
      id: 'picture',
      type: 'codec',
      ...(counters.codec === null ? {} : { mimeType: `video/${nameOf(counters.codec)}` }),
    },
    { id: 'sound', type: 'codec', channels: counters.channels },
    { id: 'transport', type: 'transport', bytesReceived: counters.bytes, selectedCandidatePairId: 'socket' },
    { id: 'socket', type: 'candidate-pair', ...roundTrip(counters.roundTripMs) },
  ];
  return new Map(entries.map((entry) => [entry.id as string, entry]));
}

function roundTrip(ms: number | null): { currentRoundTripTime?: number } {
  return ms === null ? {} : { currentRoundTripTime: ms / 1000 };
}

function nameOf(codec: string): string {
  return CODECS.find(([beginning]) => beginning.test(codec))?.[1] ?? codec;
}
