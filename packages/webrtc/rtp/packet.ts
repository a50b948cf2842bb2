/**
 * One RTP packet as all viewers share it (RFC 3550 §5.1, RFC 8285): 12 bytes of header, an 8-byte extension with
 * playout-delay 0/0, the payload. Only payload type, extension id and sequence number differ between viewers: they are
 * patched in place right before the packet is sent, which copies it.
 */
export const RTP_HEADER_BYTES = 20;

/** Header 20 + payload 1180 + GCM tag 16 + UDP and IPv6 48 stay below 1280, the smallest IPv6 MTU. */
export const MAX_RTP_PAYLOAD = 1180;

const MARKER = 0x80;

export interface StreamHeader {
  ssrc: number;
  /** u32, the same on all packets of an access unit. */
  timestamp: number;
}

/** Writes everything but payload type, extension id and sequence number. */
function writeHeader(packet: Buffer, { ssrc, timestamp }: StreamHeader, marker: boolean): void {
  packet[0] = 0x90; // version 2, extension
  packet[1] = marker ? MARKER : 0;
  packet.writeUInt32BE(timestamp, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.writeUInt32BE(0xbede_0001, 12); // one-byte extensions, one word
  packet.writeUInt32BE(0, 16); // playout-delay: id and length in the first byte, then 12 bits min and 12 bits max
}

/** What one viewer negotiated for one stream. */
export interface StreamBinding {
  payloadType: number;
  /** 1 to 14. If the browser did not accept playout-delay, any unused id: browsers skip unknown ones. */
  extensionId: number;
  /** Of the transport-wide numbers, 1 to 14; 0: it has none. */
  transportNumbersId: number;
  /** Where resends go; null: they are the packet that was sent. */
  rtx: { payloadType: number; ssrc: number } | null;
}

/** Turns a shared packet into this viewer's. */
export function patchPacket(
  packet: Buffer,
  binding: Pick<StreamBinding, 'payloadType' | 'extensionId'>,
  sequence: number,
): void {
  packet[1] = (packet[1]! & MARKER) | binding.payloadType;
  packet[2] = (sequence >> 8) & 0xff;
  packet[3] = sequence & 0xff;
  packet[16] = (binding.extensionId << 4) | 2;
}

/**
 * Turns shared packets into this viewer's, numbered on from `sequence`, and hands each to `send`, which copies it. False: it refused every
 * one larger than usual, as a socket does if they would have to be fragmented.
 */
export function sendPatched(
  packets: readonly Buffer[],
  binding: Pick<StreamBinding, 'payloadType' | 'extensionId'>,
  sequence: number,
  send: (packet: Buffer) => boolean,
): boolean {
  let [large, refused] = [0, 0];
  for (const [offset, packet] of packets.entries()) {
    patchPacket(packet, binding, sequence + offset);
    const isTaken = send(packet);
    if (packet.length <= RTP_HEADER_BYTES + MAX_RTP_PAYLOAD) continue;
    large += 1;
    if (!isTaken) refused += 1;
  }
  return large === 0 || refused < large;
}

/** Collects the packets of one access unit in one allocation. */
export class PacketWriter {
  readonly #packets: Buffer[] = [];
  readonly #header: StreamHeader;
  #slab: Buffer;
  #used = 0;

  /** `bytesHint`: the approximate size of the payload. */
  constructor(header: StreamHeader, bytesHint: number) {
    this.#header = header;
    this.#slab = Buffer.allocUnsafeSlow(
      bytesHint + RTP_HEADER_BYTES * (2 + Math.ceil(bytesHint / MAX_RTP_PAYLOAD)) + 64,
    );
  }

  /** Adds a packet with room for `payloadBytes`, and returns the payload to fill. */
  add(payloadBytes: number): Buffer {
    const size = RTP_HEADER_BYTES + payloadBytes;
    if (this.#used + size > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(size, 16_384));
      this.#used = 0;
    }
    const packet = this.#slab.subarray(this.#used, this.#used + size);
    this.#used += size;
    writeHeader(packet, this.#header, false);
    this.#packets.push(packet);
    return packet.subarray(RTP_HEADER_BYTES);
  }

  /** The packets, the last one with the marker bit. */
  finish(): Buffer[] {
    const last = this.#packets.at(-1);
    if (last !== undefined) last[1] = last[1]! | MARKER;
    return this.#packets;
  }
}

/** Splits `total` into sizes that differ by at most one, so that no piece is tiny. */
export function evenPieces(total: number, max: number): number[] {
  const count = Math.ceil(total / max);
  const size = Math.floor(total / count);
  const larger = total - size * count;
  return Array.from({ length: count }, (_, index) => (index < larger ? size + 1 : size));
}
