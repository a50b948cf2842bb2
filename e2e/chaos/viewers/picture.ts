const MARKER = 0x80;
const NAL_IDR = 5;
const NAL_SPS = 7;
const NAL_STAP_A = 24;
const NAL_FU_A = 28;
const SENDER = 1;

/** Tells from the RTP packets of H.264 (RFC 6184) whether a decoder would show something. */
export class Picture {
  #ssrc: number | null = null;
  #hasKeyFrame = false;

  /** Whether this packet completes a frame that can be shown. */
  take(packet: Buffer): boolean {
    if (packet.length < 13) return false;
    this.#ssrc = packet.readUInt32BE(8);
    this.#hasKeyFrame ||= beginsKeyFrame(payloadOf(packet));
    return this.#hasKeyFrame && (packet[1]! & MARKER) !== 0;
  }

  /** A PLI (RFC 4585 §6.3.1) while packets arrive and nothing can be shown. */
  keyFrameRequest(): Buffer | null {
    if (this.#hasKeyFrame || this.#ssrc === null) return null;
    const request = Buffer.from('81ce0002', 'hex');
    const ssrcs = Buffer.alloc(8);
    ssrcs.writeUInt32BE(SENDER, 0);
    ssrcs.writeUInt32BE(this.#ssrc, 4);
    return Buffer.concat([request, ssrcs]);
  }
}

function payloadOf(packet: Buffer): Buffer {
  const hasExtension = (packet[0]! & 0x10) !== 0;
  let start = 12 + 4 * (packet[0]! & 0x0f);
  if (hasExtension && packet.length >= start + 4) start += 4 + 4 * packet.readUInt16BE(start + 2);
  return packet.subarray(start);
}

function beginsKeyFrame(payload: Buffer): boolean {
  const type = (payload[0] ?? 0) & 0x1f;
  if (type === NAL_STAP_A) return isKey((payload[3] ?? 0) & 0x1f);
  if (type === NAL_FU_A) return ((payload[1] ?? 0) & 0x80) !== 0 && isKey(payload[1]! & 0x1f);
  return isKey(type);
}

function isKey(nalType: number): boolean {
  return nalType === NAL_IDR || nalType === NAL_SPS;
}
