import { DATA_HEADER, type DataChunk, type ForwardTsnChunk, type SackChunk } from './chunk.ts';
import { CongestionWindow } from './congestion.ts';
import { Outstanding } from './outstanding.ts';
import { PACKET_HEADER } from './packet.ts';
import type { RetransmissionTimeout } from './rto.ts';
import { type OutgoingMessage, StreamQueues } from './stream-queues.ts';

/** Association.Max.Retrans. */
const MAX_TIMEOUTS = 10;
/** One SACK may make us look at all of them. */
const MAX_OUTSTANDING = 4096;

/** The sending half: messages in, DATA and FORWARD-TSN out, as the windows, the SACKs and T3-rtx let them. */
export class Sender {
  readonly #queue = new StreamQueues();
  readonly #outstanding: Outstanding;
  readonly #congestion: CongestionWindow;
  readonly #timeout: RetransmissionTimeout;
  readonly #mtu: number;
  /** What the peer said last that it takes; null before it is known. */
  #peerWindow: number | null = null;
  /** When T3-rtx expires. */
  #expiresAt = Number.POSITIVE_INFINITY;
  #timeouts = 0;
  /** Bytes that may be sent again beyond the congestion window: one packet for each recovery. */
  #urgentBytes = 0;
  #forwarded: { cumulative: number; at: number } | null = null;
  #retransmissions = 0;

  constructor(options: { initialTsn: number; mtu: number; timeout: RetransmissionTimeout }) {
    this.#mtu = options.mtu;
    this.#timeout = options.timeout;
    this.#congestion = new CongestionWindow(options.mtu);
    this.#outstanding = new Outstanding(options.initialTsn, (message) => this.#queue.abandon(message));
  }

  /** The peer is known. `mayAbandon`: it understands FORWARD-TSN. */
  open(peer: { window: number; mayAbandon: boolean }): void {
    this.#peerWindow = peer.window;
    this.#outstanding.mayAbandon = peer.mayAbandon;
  }

  get wakeAt(): number {
    return this.#expiresAt;
  }

  get lastTsn(): number {
    return this.#outstanding.lastTsn;
  }

  /** All messages have arrived. */
  get isIdle(): boolean {
    return this.#queue.isEmpty && !this.#outstanding.isWaiting;
  }

  get heldBytes(): number {
    return this.#queue.heldBytes + this.#outstanding.heldBytes;
  }

  get retransmissions(): number {
    return this.#retransmissions;
  }

  bufferedAmount(stream: number): number {
    return this.#queue.bufferedAmount(stream);
  }

  push(message: OutgoingMessage): void {
    this.#queue.push(message);
  }

  expire(now: number): void {
    this.#queue.expire(now);
  }

  resetStream(stream: number): void {
    this.#queue.reset(stream);
  }

  takeDrained(): number[] {
    return this.#queue.takeDrained();
  }

  /** False if the SACK is old or about what was never sent. */
  acknowledge(sack: SackChunk, now: number): boolean {
    const full = this.#outstanding.flightBytes + this.#mtu > this.#congestion.bytes;
    const result = this.#outstanding.acknowledge(sack, this.#congestion.isRecovering, now);
    if (result === null) return false;
    this.#peerWindow = sack.window;
    // A peer that answers lives, even if it takes nothing.
    this.#timeouts = 0;
    if (result.roundTripMs !== null) this.#timeout.measured(result.roundTripMs);
    if (result.advanced) this.#timeout.answered();
    if (result.advanced) this.#congestion.acknowledged(result.bytes, full, sack.cumulative);
    if (result.lost && this.#congestion.lost(this.lastTsn)) this.#urgentBytes = this.#mtu;
    if (!this.#outstanding.isWaiting) {
      this.#congestion.allAcknowledged();
      this.#expiresAt = Number.POSITIVE_INFINITY;
    } else if (result.advanced || result.lost) {
      this.#expiresAt = now + this.#timeout.ms;
    }
    return true;
  }

  /** What SHUTDOWN says: no more than where the peer is. */
  acknowledgeUpTo(cumulative: number, now: number): void {
    this.acknowledge({ type: 'sack', cumulative, window: this.#peerWindow ?? 0, gaps: [], duplicates: [] }, now);
  }

  /** False if the peer has not answered for too long. */
  advance(now: number): boolean {
    if (now < this.#expiresAt) return true;
    this.#timeouts += 1;
    if (this.#timeouts > MAX_TIMEOUTS) return false;
    this.#timeout.backOff();
    this.#congestion.timedOut();
    this.#urgentBytes = 0;
    this.#outstanding.timedOut(now);
    this.#forwarded = null;
    this.#expiresAt = now + this.#timeout.ms;
    return true;
  }

  /** What the peer need not wait for, if it has to be told now. */
  forwardTsn(now: number): ForwardTsnChunk | null {
    const chunk = this.#outstanding.forwardTsn();
    if (chunk === null) return null;
    const last = this.#forwarded;
    const patience = this.#timeout.roundTripMs ?? this.#timeout.ms;
    if (last !== null && last.cumulative === chunk.cumulative && now < last.at + patience) return null;
    this.#forwarded = { cumulative: chunk.cumulative, at: now };
    this.#arm(now);
    return chunk;
  }

  /** The next DATA chunk that takes at most `room` bytes of a packet; null if there is none for this packet. */
  next(room: number, now: number): DataChunk | null {
    const flight = this.#outstanding.flightBytes;
    if (this.#outstanding.hasLost) {
      const allowed = flight === 0 ? room : Math.max(this.#urgentBytes, this.#congestion.bytes - flight);
      const chunk = this.#outstanding.resend(Math.min(room, allowed), now);
      if (chunk !== null) {
        this.#urgentBytes = Math.max(0, this.#urgentBytes - DATA_HEADER - chunk.payload.length);
        this.#retransmissions += 1;
        this.#arm(now);
        return chunk;
      }
      if (this.#outstanding.hasLost) return null;
    }
    return this.#nextNew(room, now);
  }

  clear(): void {
    this.#queue.clear();
    this.#outstanding.clear();
    this.#expiresAt = Number.POSITIVE_INFINITY;
  }

  #nextNew(room: number, now: number): DataChunk | null {
    if (this.#peerWindow === null || this.#outstanding.count >= MAX_OUTSTANDING) return null;
    const message = this.#queue.next(now);
    if (message === null) return null;
    const rest = message.data.length - message.sent;
    const bytes = Math.min(rest, room - DATA_HEADER);
    // A fragment is either the last of its message, or fills a packet.
    if (bytes <= 0 || (bytes < rest && room < this.#mtu - PACKET_HEADER)) return null;
    const flight = this.#outstanding.flightBytes;
    // With nothing under way, one chunk may always go: it finds out whether a full receiver takes data again.
    if (flight > 0 && (flight >= this.#congestion.bytes || flight + DATA_HEADER + bytes > this.#peerWindow))
      return null;
    this.#arm(now);
    return this.#outstanding.add(message, this.#queue.take(message, bytes), now);
  }

  #arm(now: number): void {
    if (this.#expiresAt === Number.POSITIVE_INFINITY) this.#expiresAt = now + this.#timeout.ms;
  }
}
