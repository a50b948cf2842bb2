import type { FanoutViewer, RtpFanout } from '../fanout/rtp-fanout.ts';

/** How one peer gets some packets. */
export interface RtpHeader {
  payloadType: number;
  /** Of playout-delay, 1 to 14. */
  extensionId: number;
  /** Of the first packet, u16; the others follow. */
  sequence: number;
  /** For two seconds they can be resent. */
  keep: boolean;
}

interface Run {
  packets: readonly Uint8Array[];
  keep: boolean;
  viewers: FanoutViewer[];
}

const SSRC_AT = 8;

/** Collects what all peers are sent in one task, so that the same packets are one call of the addon for all of them. */
export class MediaQueue {
  readonly #fanout: RtpFanout;
  #runs: Run[] = [];
  #isClosed = false;

  constructor(fanout: RtpFanout) {
    this.#fanout = fanout;
  }

  /** `packets` must stay as they are until the task is over. */
  add(packets: readonly Uint8Array[], handle: number, { keep, ...header }: RtpHeader): void {
    const [first] = packets;
    if (first === undefined || this.#isClosed) return;
    if (this.#runs.length === 0) queueMicrotask(() => this.flush());
    const { buffer, byteOffset, byteLength } = first;
    const ssrc = new DataView(buffer, byteOffset, byteLength).getUint32(SSRC_AT);
    const viewer = { ...header, handle, ssrc, twccExtensionId: 0, twcc: 0 };
    const last = this.#runs.at(-1);
    if (last?.packets.length === packets.length && last.packets[0] === first) last.viewers.push(viewer);
    else this.#runs.push({ packets, keep, viewers: [viewer] });
  }

  /** Call when the fan-out is closed: what waits is not sent, nor is anything that is added. */
  close(): void {
    this.#isClosed = true;
    this.#runs = [];
  }

  /** Sends them now. */
  flush(): void {
    const runs = this.#runs;
    this.#runs = [];
    for (const { packets, keep, viewers } of runs) this.#fanout.send(packets, viewers, { keep });
  }
}
