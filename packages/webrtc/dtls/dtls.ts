import assert from 'node:assert/strict';
import type { CoreOutput } from '@moonshare/sans-io';
import { type DtlsContextHandle, type DtlsHandle, nativeAddon } from '../native/load.ts';
import { digestOf, type Fingerprint } from './fingerprint.ts';
import { encryptedRecords } from './records.ts';
import { type DtlsCloseReason, readTranscript, type SrtpKeys } from './transcript.ts';

export interface DtlsOptions {
  role: 'client' | 'server';
  /** PEM, as of `createDtlsCertificate`. */
  certificate: string;
  privateKey: string;
  /** What the peer's description says; any other certificate ends the handshake. */
  remoteFingerprint: Fingerprint;
  /** Bytes of a datagram, without the headers of IP and UDP. */
  mtu?: number;
  /** Until the first flight is sent again; doubles each time. */
  firstTimeoutMs?: number;
}

/** Bytes are the receiver's to keep. */
export type DtlsEvent =
  | { type: 'send'; datagram: Uint8Array }
  | { type: 'data'; data: Uint8Array }
  /** `srtp` is null if the peer does not do SRTP: it is here for data channels only. */
  | { type: 'connected'; srtp: SrtpKeys | null }
  /** The last event. Not told after `close`. */
  | { type: 'closed'; reason: DtlsCloseReason; detail: string };

type Life =
  | { phase: 'new' }
  | { phase: 'handshake'; endsAt: number; bytes: number; encrypted: number }
  | { phase: 'connected' }
  | { phase: 'closed' };

const MTU = 1200;
const FIRST_TIMEOUT_MS = 100;
const HANDSHAKE_LIMIT_MS = 20_000;
/** A record's header, explicit nonce and tag. */
const OVERHEAD_BYTES = 13 + 8 + 16;
/** Browsers send 1200 at most. */
const MAX_DATAGRAM_BYTES = 2048;
const MAX_HANDSHAKE_BYTES = 64 * 1024;
/** OpenSSL keeps a buffer of 16 KB for each encrypted record that arrives before the handshake ends. */
const MAX_EARLY_RECORDS = 32;
/** The content types of DTLS, as RFC 7983 tells them from others on the port. */
const FIRST_BYTES = { least: 20, most: 63 };

/**
 * DTLS 1.2 with one peer, with the keys for SRTP. Hand it only what comes from addresses that ICE has validated: there are no
 * cookies. Throws if the addon is not there (`loadNative`). The retransmission timer runs on the machine's clock; all other times
 * are the caller's `now`.
 */
export class Dtls {
  readonly #addon = nativeAddon();
  readonly #handle: DtlsHandle;
  readonly #maxData: number;
  #life: Life = { phase: 'new' };
  #retransmitAt = Number.POSITIVE_INFINITY;
  #dropped = 0;

  constructor(options: DtlsOptions) {
    const { role, certificate, privateKey, remoteFingerprint, mtu = MTU, firstTimeoutMs = FIRST_TIMEOUT_MS } = options;
    const digest = digestOf(remoteFingerprint);
    if (digest === null) throw new TypeError(`not a fingerprint: ${remoteFingerprint.algorithm}`);
    const context = contextOf(certificate, privateKey);
    this.#handle = this.#addon.dtlsCreate(context, role === 'server' ? 1 : 0, digest, mtu, firstTimeoutMs);
    this.#maxData = mtu - OVERHEAD_BYTES;
  }

  /** The most bytes that `send` takes. */
  get maxData(): number {
    return this.#maxData;
  }

  /** Datagrams that were ignored: before `start`, too long, no DTLS, or too many before the handshake ended. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Begins the handshake, which must end within 20 s. A server begins before its peer can: what comes earlier is ignored. */
  start(now: number): CoreOutput<DtlsEvent> {
    assert.equal(this.#life.phase, 'new');
    this.#life = { phase: 'handshake', endsAt: now + HANDSHAKE_LIMIT_MS, bytes: 0, encrypted: 0 };
    return this.#take(this.#addon.dtlsStart(this.#handle), now);
  }

  receive(datagram: Uint8Array, now: number): CoreOutput<DtlsEvent> {
    if (this.#life.phase === 'closed') return this.#output([]);
    const [first = 0] = datagram;
    const isDtls = first >= FIRST_BYTES.least && first <= FIRST_BYTES.most;
    if (this.#life.phase === 'new' || !isDtls || datagram.length > MAX_DATAGRAM_BYTES) {
      this.#dropped++;
      return this.#output([]);
    }
    if (this.#life.phase === 'handshake') {
      this.#life.bytes += datagram.length;
      if (this.#life.bytes > MAX_HANDSHAKE_BYTES) return this.#fail('protocol', 'the handshake takes too many bytes');
      this.#life.encrypted += encryptedRecords(datagram);
      if (this.#life.encrypted > MAX_EARLY_RECORDS) {
        this.#dropped++;
        return this.#output([]);
      }
    }
    return this.#take(this.#addon.dtlsReceive(this.#handle, datagram), now);
  }

  /** One datagram, of 1 to `maxData` bytes. Nothing is sent unless connected. */
  send(data: Uint8Array, now: number): CoreOutput<DtlsEvent> {
    assert.ok(data.length > 0 && data.length <= this.#maxData, `${data.length} bytes`);
    if (this.#life.phase !== 'connected') return this.#output([]);
    return this.#take(this.#addon.dtlsSend(this.#handle, data), now);
  }

  /** Tells the peer if there is a connection. All calls after it do nothing. */
  close(now: number): CoreOutput<DtlsEvent> {
    if (this.#life.phase === 'closed') return this.#output([]);
    const transcript = this.#addon.dtlsClose(this.#handle);
    this.#life = { phase: 'closed' };
    return this.#take(transcript, now);
  }

  advance(now: number): CoreOutput<DtlsEvent> {
    if (this.#life.phase === 'handshake' && now >= this.#life.endsAt)
      return this.#fail('timeout', `no connection within ${HANDSHAKE_LIMIT_MS / 1000} s`);
    if (this.#life.phase === 'closed' || now < this.#retransmitAt) return this.#output([]);
    return this.#take(this.#addon.dtlsTimeout(this.#handle), now);
  }

  #fail(reason: DtlsCloseReason, detail: string): CoreOutput<DtlsEvent> {
    this.#addon.dtlsClose(this.#handle);
    this.#life = { phase: 'closed' };
    return this.#output([{ type: 'closed', reason, detail }]);
  }

  #take(transcript: Uint8Array, now: number): CoreOutput<DtlsEvent> {
    const events: DtlsEvent[] = [];
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    for (const entry of readTranscript(transcript)) {
      if (entry.type === 'timer') this.#retransmitAt = now + entry.left;
      else events.push(entry);
      if (entry.type === 'connected') this.#life = { phase: 'connected' };
      if (entry.type === 'closed') this.#life = { phase: 'closed' };
    }
    return this.#output(events);
  }

  #output(events: DtlsEvent[]): CoreOutput<DtlsEvent> {
    if (this.#life.phase === 'closed') return { events, wakeAt: Number.POSITIVE_INFINITY };
    const endsAt = this.#life.phase === 'handshake' ? this.#life.endsAt : Number.POSITIVE_INFINITY;
    return { events, wakeAt: Math.min(this.#retransmitAt, endsAt) };
  }
}

/** The last one: all connections of a server use the same certificate. */
let shared: { certificate: string; privateKey: string; context: DtlsContextHandle } | null = null;

function contextOf(certificate: string, privateKey: string): DtlsContextHandle {
  if (shared === null || shared.certificate !== certificate || shared.privateKey !== privateKey)
    shared = { certificate, privateKey, context: nativeAddon().dtlsContext(certificate, privateKey) };
  return shared.context;
}
