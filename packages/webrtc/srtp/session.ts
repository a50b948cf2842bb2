import { nativeAddon, type SrtpHandle } from '../native/load.ts';

/** In the order of the addon. */
const PROFILES = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_SHA1_80'] as const;
export type SrtpProfile = (typeof PROFILES)[number];

/** The most that protecting adds to an RTP packet: a tag; and to an RTCP packet: tag and index. */
const RTP_OVERHEAD = 16;
const RTCP_OVERHEAD = 20;

/**
 * The keys of one connection (RFC 3711, RFC 7714). RTP is protected where it is sent, by a `Fanout`. Keys are wiped by `free`, or when
 * the session is collected.
 */
export class SrtpSession {
  /** What a `Fanout` takes. */
  readonly handle: SrtpHandle;

  /** `local` encrypts, `remote` decrypts: a master key with its salt behind it. Throws ERR_INVALID_ARG_VALUE if a length is wrong. */
  constructor(profile: SrtpProfile, local: Uint8Array, remote: Uint8Array) {
    this.handle = nativeAddon().srtpCreate(PROFILES.indexOf(profile), local, remote);
  }

  /** An RTP packet with its final header, never sent before; null: malformed, or its number was used. Many are sent by a `RtpFanout`. */
  protectRtp(packet: Uint8Array): Uint8Array | null {
    const out = Buffer.allocUnsafe(packet.length + RTP_OVERHEAD);
    const length = nativeAddon().srtpProtectRtp(this.handle, packet, out);
    return length === 0 ? null : out.subarray(0, length);
  }

  /** A compound RTCP packet as it is sent. Throws ERR_SRTP_EXHAUSTED after 2^31 packets, and for one without a header. */
  protectRtcp(packet: Uint8Array): Uint8Array {
    const out = Buffer.allocUnsafe(packet.length + RTCP_OVERHEAD);
    const length = nativeAddon().srtpProtectRtcp(this.handle, packet, out);
    if (length === 0) throw Object.assign(new Error('RTCP cannot be protected'), { code: 'ERR_SRTP_EXHAUSTED' });
    return out.subarray(0, length);
  }

  /** Null: malformed, forged, received before, or from one sender too many (32). */
  unprotectRtcp(packet: Uint8Array): Uint8Array | null {
    const out = Buffer.allocUnsafe(packet.length);
    const length = nativeAddon().srtpUnprotectRtcp(this.handle, packet, out);
    return length === 0 ? null : out.subarray(0, length);
  }

  /** Call once; nothing else afterwards. */
  free(): void {
    nativeAddon().srtpFree(this.handle);
  }
}
