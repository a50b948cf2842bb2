import type { FanoutViewer, RtpFanout } from '../fanout/rtp-fanout.ts';
import type { StreamBinding } from '../rtp/packet.ts';

/** How one peer gets some packets. */
export interface RtpHeader extends Omit<StreamBinding, 'rtx'> {
  /** Of the first packet, u16; the others follow. */
  sequence: number;
  /** For two seconds they can be resent. */
  keep: boolean;
}

interface Run {
  packets: readonly Uint8Array[];
  ssrc: number;
  keep: boolean;
  viewers: FanoutViewer[];
}

/** Collects what all peers are sent in one task, so that the same packets are one call of the addon for all of them. */
export class MediaQueue {
  readonly #fanout: RtpFanout;
  #runs: Run[] = [];
  #isClosed = false;

  constructor(fanout: RtpFanout) {
    this.#fanout = fanout;
  }

  /** `packets` must stay as they are until the task is over. `twcc`: the transport-wide number of the first. */
  add(packets: readonly Uint8Array[], handle: number, header: RtpHeader, twcc: number): void {
    const [first] = packets;
    if (first === undefined || this.#isClosed) return;
    if (this.#runs.length === 0) queueMicrotask(() => this.flush());
    let run = this.#runs.at(-1);
    if (run?.packets.length !== packets.length || run.packets[0] !== first) {
      run = { packets, ssrc: ssrcOf(first), keep: header.keep, viewers: [] };
      this.#runs.push(run);
    }
    const { payloadType, extensionId, transportNumbersId, sequence } = header;
    run.viewers.push({
      handle,
      payloadType,
      ssrc: run.ssrc,
      sequence,
      extensionId,
      twccExtensionId: transportNumbersId,
      twcc,
    });
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

/** Of a packet as all viewers share it. */
export function ssrcOf(packet: Uint8Array): number {
  return new DataView(packet.buffer, packet.byteOffset, packet.byteLength).getUint32(8);
}
