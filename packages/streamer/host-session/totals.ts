import type { StreamerStats } from '@moonshare/contract';
import type { GameStreamStats } from '@moonshare/gamestream';

/** The counters of a host session, over all its streams. */
export type HostTotals = Pick<StreamerStats, 'video' | 'audio' | 'idrRequests' | 'inputPackets'>;

export function noTotals(): HostTotals {
  return {
    video: { frames: 0, keyFrames: 0, lostFrames: 0, recoveredFrames: 0, bytes: 0, droppedDatagrams: 0 },
    audio: { packets: 0, lost: 0, recovered: 0 },
    idrRequests: 0,
    inputPackets: 0,
  };
}

export function addStream(totals: HostTotals, stream: GameStreamStats): HostTotals {
  const { video, audio } = stream;
  return {
    video: {
      frames: totals.video.frames + (video?.framesComplete ?? 0),
      keyFrames: totals.video.keyFrames + stream.keyFrames,
      lostFrames: totals.video.lostFrames + (video?.framesLost ?? 0),
      recoveredFrames: totals.video.recoveredFrames + stream.recoveredFrames,
      bytes: totals.video.bytes + (video?.bytes ?? 0),
      droppedDatagrams:
        totals.video.droppedDatagrams + (video ? video.invalid + video.undecryptable + video.implausible : 0),
    },
    audio: {
      packets: totals.audio.packets + (audio?.delivered ?? 0),
      lost: totals.audio.lost + (audio?.lost ?? 0),
      recovered: totals.audio.recovered + (audio?.recovered ?? 0),
    },
    idrRequests: totals.idrRequests + stream.idrRequests,
    inputPackets: totals.inputPackets + stream.inputPackets,
  };
}
