import type { StreamerStatistics } from '@moonshare/contract';
import type { GameStreamStats } from '@moonshare/gamestream';

/** The counters of a host session, summed over all its streams. */
export type HostTotals = Pick<StreamerStatistics['host'], 'video' | 'audio' | 'idr_requests'> & {
  packetsToHost: number;
};

export function noTotals(): HostTotals {
  return {
    video: { frames: 0, key_frames: 0, lost_frames: 0, recovered_frames: 0, bytes: 0, dropped_datagrams: 0 },
    audio: { packets: 0, lost: 0, recovered: 0 },
    idr_requests: 0,
    packetsToHost: 0,
  };
}

export function addStream(totals: HostTotals, stream: GameStreamStats): HostTotals {
  const { video, audio } = stream;
  return {
    video: {
      frames: totals.video.frames + (video?.framesComplete ?? 0),
      key_frames: totals.video.key_frames + stream.keyFrames,
      lost_frames: totals.video.lost_frames + (video?.framesLost ?? 0),
      recovered_frames: totals.video.recovered_frames + stream.recoveredFrames,
      bytes: totals.video.bytes + (video?.bytes ?? 0),
      dropped_datagrams:
        totals.video.dropped_datagrams + (video ? video.invalid + video.undecryptable + video.implausible : 0),
    },
    audio: {
      packets: totals.audio.packets + (audio?.delivered ?? 0),
      lost: totals.audio.lost + (audio?.lost ?? 0),
      recovered: totals.audio.recovered + (audio?.recovered ?? 0),
    },
    idr_requests: totals.idr_requests + stream.idrRequests,
    packetsToHost: totals.packetsToHost + stream.inputPackets,
  };
}
