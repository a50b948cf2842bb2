import type { Endpoint } from '../address.ts';
import { type FanoutHandle, type FanoutStatistics, nativeAddon } from '../native/load.ts';
import type { UdpSocket } from '../socket/udp-socket.ts';
import type { SrtpSession } from '../srtp/session.ts';

const VIEWER_WORDS = 7;
const NO_RTX = new Uint8Array(0);

/** Where a viewer's packets go. */
export interface ViewerPath {
  remote: Endpoint;
  /** The address of ours to send from; else as the routes say. */
  local?: string;
}

/** How one viewer gets the packets of a call. */
export interface FanoutViewer {
  /** From `add`. */
  handle: number;
  payloadType: number;
  ssrc: number;
  /** Of the first packet, u16; the others follow. Each number once, and less than half the numbers ahead of the last. */
  sequence: number;
  /** Of playout-delay, 1 to 14. */
  extensionId: number;
  /** Of transport-wide congestion control, 1 to 14; 0: it has none. */
  twccExtensionId: number;
  /** Transport-wide number of the first packet, u16. */
  twcc: number;
}

/** A stream for resends of its own (RFC 4588), whose packets have new numbers. */
export interface FanoutRtx {
  payloadType: number;
  ssrc: number;
  /** Of the first packet that is resent, u16; the others follow. */
  sequence: number;
  twcc: number;
}

/** Packets that the kernel did not take for a viewer since the last report, and why. */
export interface RefusedPackets {
  /** The socket had no room for longer than 4 ms. */
  full: number;
  /** Larger than the path allows. */
  tooLarge: number;
  /** No route, no permission, or no socket of that family. */
  unreachable: number;
}

/**
 * Sends RTP to many viewers on a thread of its own: one call per frame, however many there are. It encrypts for each and hands the
 * kernel many packets at a time. Packets are those of an RTP header with a one-byte extension of one word, 20 bytes, in which what
 * differs between viewers is filled in.
 */
export class RtpFanout {
  readonly #handle: FanoutHandle;
  #words = new Uint32Array(16 * VIEWER_WORDS);

  /** The socket's port is taken until this is closed too. `refused`: in a turn of its own; what it throws is an uncaught exception. */
  constructor(socket: UdpSocket, refused: (handle: number, packets: RefusedPackets) => void) {
    this.#handle = nativeAddon().fanoutCreate(socket.handle, (handle, full, tooLarge, unreachable) =>
      refused(handle, { full, tooLarge, unreachable }),
    );
  }

  /** Returns a handle, which is never given to another. Throws ERR_FANOUT_FULL at 1,024 viewers. */
  add(session: SrtpSession, { remote, local = '' }: ViewerPath): number {
    return nativeAddon().fanoutAdd(this.#handle, session.handle, remote.address, remote.port, local);
  }

  /** What waits goes there too. False: it is removed. */
  setPath(handle: number, { remote, local = '' }: ViewerPath): boolean {
    return nativeAddon().fanoutSetPath(this.#handle, handle, remote.address, remote.port, local);
  }

  /** Nothing that waits is sent to it any more. */
  remove(handle: number): boolean {
    return nativeAddon().fanoutRemove(this.#handle, handle);
  }

  /**
   * Copies the packets and sends them to each viewer, in the order of the calls. `keep`: for two seconds they can be resent. Returns
   * to how many it sends: viewers that are removed or whose numbers were used are left out. Null: too much is waiting, and nobody gets
   * it. At most 8,192 packets of 2,048 bytes.
   */
  send(packets: readonly Uint8Array[], viewers: readonly FanoutViewer[], { keep }: { keep: boolean }): number | null {
    const count = nativeAddon().fanoutSend(this.#handle, packets, this.#describe(viewers), keep);
    return count < 0 ? null : count;
  }

  /**
   * Sends packets of a stream again, at most 1,024: byte for byte as they were first, or in `rtx`, numbered one after the other. Returns
   * how many; the others are no longer kept.
   */
  resend(handle: number, ssrc: number, sequences: readonly number[], rtx: FanoutRtx | null): number {
    const words = rtx === null ? NO_RTX : bytesOf(Uint32Array.of(rtx.payloadType, rtx.ssrc, rtx.sequence, rtx.twcc));
    return nativeAddon().fanoutResend(this.#handle, handle, ssrc, bytesOf(Uint16Array.from(sequences)), words);
  }

  stats(): FanoutStatistics {
    return nativeAddon().fanoutStats(this.#handle);
  }

  /** Ends the thread; what waits is not sent. Call once; nothing else afterwards. */
  close(): void {
    nativeAddon().fanoutClose(this.#handle);
  }

  #describe(viewers: readonly FanoutViewer[]): Uint8Array {
    if (this.#words.length < viewers.length * VIEWER_WORDS)
      this.#words = new Uint32Array(2 * viewers.length * VIEWER_WORDS);
    let at = 0;
    for (const viewer of viewers) {
      this.#words[at] = viewer.handle;
      this.#words[at + 1] = viewer.payloadType;
      this.#words[at + 2] = viewer.ssrc;
      this.#words[at + 3] = viewer.sequence;
      this.#words[at + 4] = viewer.extensionId;
      this.#words[at + 5] = viewer.twccExtensionId;
      this.#words[at + 6] = viewer.twcc;
      at += VIEWER_WORDS;
    }
    return new Uint8Array(this.#words.buffer, 0, at * Uint32Array.BYTES_PER_ELEMENT);
  }
}

const bytesOf = ({ buffer, byteLength }: Uint32Array | Uint16Array): Uint8Array =>
  new Uint8Array(buffer, 0, byteLength);
