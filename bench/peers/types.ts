import type { Clip } from '../clip/clip.ts';
import type { BenchNetwork } from '../harness/network.ts';
import type { ReceiverKind, Receivers } from '../harness/receivers.ts';
import type { EventLoopDelay } from '../harness/streamer.ts';

export interface Stage {
  clip: Clip;
  network: BenchNetwork;
  receivers: Receivers;
  /** The receivers keep the time of each frame. */
  stamps?: boolean;
}

/** Something that sends the clip to viewers. */
export interface Sender {
  name: string;
  /** Those that it is measured with: only segmented datagrams can arrive together. */
  receivers: readonly ReceiverKind[];
  /** Throws NotInstalledError. */
  start(stage: Stage): Promise<RunningSender>;
}

export interface RunningSender {
  /** Its processes are this one and all below it. The host, or who else feeds it, is not among them. */
  readonly pid: number;
  /** So many more; resolves when all are connected. */
  join(count: number): Promise<void>;
  /** Measured for so many seconds from now; null: it has no event loop. */
  eventLoopDelay(seconds: number): Promise<EventLoopDelay | null>;
  close(): Promise<void>;
}
