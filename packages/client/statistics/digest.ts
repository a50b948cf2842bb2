import type { HostEncryption } from '@moonshare/contract/browser';

/** What one reading of a connection says; rates are per second since the previous reading. null: not known yet. */
export interface Statistics {
  width: number;
  height: number;
  /** Such as 'H264'. */
  codec: string | null;
  framesPerSecond: number | null;
  /** Video and audio, kbit/s. */
  bitrate: number | null;
  roundTripMs: number | null;
  decodeMs: number | null;
  jitterBufferMs: number | null;
  /** Since the start. */
  framesDecoded: number;
  framesDropped: number;
  packetsLost: number;
  /** null where the browser does not say. */
  freezes: number | null;
  audioBytes: number;
  /** How often the sound ran out since the start; null where the browser does not say. */
  soundGaps: number | null;
  /** Frames in the decoder; null where the browser does not say. */
  decodeQueue: number | null;
  /** Sound channels as received here; null: none yet. */
  channels: number | null;
  /** Channels as sent by the host: more than `channels` if mixed down to stereo for this browser. */
  hostChannels: number;
  /** Between the host and its streamer; null: not known yet, or no stream is up. */
  hostEncryption: HostEncryption | null;
}

/** The counters of which two digests take the difference. Seconds are as getStats reports them. */
export interface Counters {
  at: number;
  bytes: number;
  framesDecoded: number;
  /** null where the browser does not say. */
  decodeSeconds: number | null;
  bufferSeconds: number | null;
  bufferedFrames: number;
}

/** Reads a getStats report; `previous` is what the last call returned, `hostChannels` and `hostEncryption` come from the server. Pure. */
export function digest(
  report: RTCStatsReport | ReadonlyMap<string, unknown>,
  previous: Counters | null,
  hostChannels: number,
  hostEncryption: HostEncryption | null,
): { statistics: Statistics; counters: Counters } {
  const entries = [...report.values()] as StatsEntry[];
  const video = entries.find((entry) => entry.type === 'inbound-rtp' && entry.kind === 'video') ?? {};
  const audio = entries.find((entry) => entry.type === 'inbound-rtp' && entry.kind === 'audio') ?? {};
  const transport = entries.find((entry) => entry.type === 'transport') ?? {};
  const pair = entries.find((entry) => entry.id === transport.selectedCandidatePairId) ?? {};
  const codec = entries.find((entry) => entry.id === video.codecId) ?? {};
  const audioCodec = entries.find((entry) => entry.id === audio.codecId) ?? {};

  const counters: Counters = {
    at: number(video.timestamp) || number(audio.timestamp),
    bytes: number(video.bytesReceived) + number(audio.bytesReceived),
    framesDecoded: number(video.framesDecoded),
    decodeSeconds: known(video.totalDecodeTime),
    bufferSeconds: known(video.jitterBufferDelay),
    bufferedFrames: number(video.jitterBufferEmittedCount),
  };
  const since = previous ?? counters;
  const seconds = (counters.at - since.at) / 1000;
  const frames = counters.framesDecoded - since.framesDecoded;
  const statistics: Statistics = {
    width: number(video.frameWidth),
    height: number(video.frameHeight),
    codec: typeof codec.mimeType === 'string' ? codec.mimeType.replace(/^\w+\//, '') : null,
    framesPerSecond: ratio(frames, seconds),
    bitrate: ratio(((counters.bytes - since.bytes) * 8) / 1000, seconds),
    roundTripMs: typeof pair.currentRoundTripTime === 'number' ? pair.currentRoundTripTime * 1000 : null,
    decodeMs: each(counters.decodeSeconds, since.decodeSeconds, frames),
    jitterBufferMs: each(counters.bufferSeconds, since.bufferSeconds, counters.bufferedFrames - since.bufferedFrames),
    framesDecoded: counters.framesDecoded,
    framesDropped: number(video.framesDropped),
    packetsLost: number(video.packetsLost) + number(audio.packetsLost),
    freezes: known(video.freezeCount),
    audioBytes: number(audio.bytesReceived),
    soundGaps: known(audio.concealmentEvents),
    decodeQueue: known(video.decodeQueue),
    channels: number(audioCodec.channels) || null,
    hostChannels,
    hostEncryption,
  };
  return { statistics, counters };
}

function number(value: unknown): number {
  return known(value) ?? 0;
}

function known(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** From two sums in seconds, what each of so many took, ms. */
function each(seconds: number | null, before: number | null, count: number): number | null {
  return seconds === null ? null : ratio((seconds - (before ?? 0)) * 1000, count);
}

function ratio(amount: number, per: number): number | null {
  return per > 0 ? amount / per : null;
}

/** The fields read from any entry of a report; which ones exist depends on its type and the browser. */
type StatsEntry = Partial<
  Record<
    | 'type'
    | 'kind'
    | 'id'
    | 'timestamp'
    | 'bytesReceived'
    | 'framesDecoded'
    | 'totalDecodeTime'
    | 'jitterBufferDelay'
    | 'jitterBufferEmittedCount'
    | 'frameWidth'
    | 'frameHeight'
    | 'framesDropped'
    | 'packetsLost'
    | 'freezeCount'
    | 'mimeType'
    | 'codecId'
    | 'channels'
    | 'concealmentEvents'
    | 'decodeQueue'
    | 'selectedCandidatePairId'
    | 'currentRoundTripTime',
    unknown
  >
>;
