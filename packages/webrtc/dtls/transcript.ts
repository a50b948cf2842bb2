import assert from 'node:assert/strict';
import type { SrtpProfile } from '../srtp/session.ts';

/** What `native/dtls.c` reports of one call, in order. Bytes are views into the transcript. */
export type TranscriptEntry =
  | { type: 'send'; datagram: Uint8Array }
  | { type: 'data'; data: Uint8Array }
  | { type: 'connected'; srtp: SrtpKeys | null }
  | { type: 'closed'; reason: DtlsCloseReason; detail: string }
  /** Ms until the retransmission timer runs out. */
  | { type: 'timer'; left: number };

/** `alert`: the peer refused. `protocol`: what the peer sent cannot be accepted. */
export type DtlsCloseReason = 'close_notify' | 'fingerprint' | 'timeout' | 'alert' | 'protocol';

/** A master key followed by its master salt for each direction: `local` is what we encrypt with. */
export interface SrtpKeys {
  profile: SrtpProfile;
  local: Uint8Array;
  remote: Uint8Array;
}

const HEADER_BYTES = 4;
/** In the order of the enumeration in the C. */
const CLOSE_REASONS: readonly DtlsCloseReason[] = ['close_notify', 'fingerprint', 'timeout', 'alert', 'protocol'];
/** RFC 5764 §4.1.2, RFC 7714 §14.2. */
const PROFILES: Readonly<Record<number, SrtpProfile>> = {
  1: 'AES128_CM_SHA1_80',
  7: 'AEAD_AES_128_GCM',
  8: 'AEAD_AES_256_GCM',
};

export function readTranscript(transcript: Uint8Array): TranscriptEntry[] {
  const view = new DataView(transcript.buffer, transcript.byteOffset, transcript.byteLength);
  const entries: TranscriptEntry[] = [];
  for (let at = 0; at < transcript.length; ) {
    const head = view.getUint32(at);
    const end = at + HEADER_BYTES + (head & 0xff_ffff);
    entries.push(entryOf(head >>> 24, transcript.subarray(at + HEADER_BYTES, end)));
    at = end;
  }
  return entries;
}

function entryOf(kind: number, content: Uint8Array): TranscriptEntry {
  switch (kind) {
    case 1:
      return { type: 'send', datagram: content };
    case 2:
      return { type: 'data', data: content };
    case 3:
      return { type: 'connected', srtp: keysOf(content) };
    case 4:
      return {
        type: 'closed',
        reason: CLOSE_REASONS[content[0]!]!,
        detail: Buffer.from(content.subarray(1)).toString(),
      };
    default:
      assert.equal(kind, 5);
      return { type: 'timer', left: Buffer.from(content).readUInt32BE() };
  }
}

function keysOf(content: Uint8Array): SrtpKeys | null {
  if (content.length === 0) return null;
  const profile = PROFILES[(content[0]! << 8) | content[1]!];
  assert.ok(profile !== undefined);
  const middle = 2 + (content.length - 2) / 2;
  return { profile, local: content.subarray(2, middle), remote: content.subarray(middle) };
}
