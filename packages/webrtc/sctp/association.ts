import assert from 'node:assert/strict';
import { type Chunk, encodeChunk, type InitChunk } from './chunk.ts';
import { Handshake } from './handshake.ts';
import { DEFAULTS, type SctpOptions } from './options.ts';
import { encodePacket, type Packet, type PacketHeader, readPacket } from './packet.ts';
import { pack } from './packing.ts';
import type { SctpPeer } from './peer.ts';
import { Receiver } from './receiver.ts';
import { Retry } from './retry.ts';
import { RetransmissionTimeout } from './rto.ts';
import { Sender } from './sender.ts';
import { MESSAGE_OVERHEAD } from './stream-queues.ts';
import { StreamReset } from './stream-reset.ts';
import type { Delivery, SctpEnd, SctpEvent, SctpOutput, SctpStatistics } from './types.ts';

/** How much of an unknown chunk its sender gets back. */
const MAX_REPORTED_BYTES = 64;
const CAUSE = { unrecognizedChunk: 6, userInitiated: 12, protocolViolation: 13 } as const;

/** What there is once the peer is known. */
interface Link {
  peer: SctpPeer;
  receiver: Receiver;
  reset: StreamReset;
}

type State =
  /** The handshake is under way, or has not begun. */
  | { type: 'connecting' }
  | { type: 'open'; link: Link }
  /** The peer wants to shut down: we finish sending. */
  | { type: 'finishing'; link: Link }
  /** SHUTDOWN ACK sent. */
  | { type: 'finished'; link: Link; retry: Retry }
  | { type: 'closed' };

/**
 * One SCTP association over DTLS (RFC 9260 as RFC 8831 uses it, with RFC 3758 and RFC 6525): no addresses, no heartbeats of its own.
 * Whatever arrives that is malformed or not for it is counted and dropped.
 */
export class SctpAssociation {
  readonly #options: Required<SctpOptions>;
  readonly #tag: number;
  readonly #initialTsn: number;
  readonly #timeout = new RetransmissionTimeout();
  readonly #handshake: Handshake;
  readonly #sender: Sender;
  #state: State = { type: 'connecting' };
  #events: SctpEvent[] = [];
  /** Chunks for the next packet. */
  #chunks: Chunk[] = [];
  #dropped = 0;

  constructor(options: SctpOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { random, mtu, receiveWindow, streams } = this.#options;
    assert.ok(mtu >= 512 && mtu % 4 === 0, 'the MTU is a multiple of four, and at least 512');
    const numbers = Buffer.from(random(8));
    this.#tag = numbers.readUInt32BE(0) || 1;
    this.#initialTsn = numbers.readUInt32BE(4);
    this.#handshake = new Handshake({
      own: {
        tag: this.#tag,
        window: receiveWindow,
        outboundStreams: streams,
        inboundStreams: streams,
        tsn: this.#initialTsn,
      },
      secret: random(32),
      timeout: this.#timeout,
      send: (chunk, tag) => this.#sendAlone(chunk, tag),
    });
    this.#sender = new Sender({ initialTsn: this.#initialTsn, mtu, timeout: this.#timeout });
  }

  get isClosed(): boolean {
    return this.#state.type === 'closed';
  }

  get statistics(): SctpStatistics {
    const receiver = this.#link?.receiver;
    return {
      dropped: this.#dropped + (receiver?.dropped ?? 0),
      receivedBytes: receiver?.heldBytes ?? 0,
      heldBytes: this.#sender.heldBytes,
      retransmissions: this.#sender.retransmissions,
      roundTripMs: this.#timeout.roundTripMs,
    };
  }

  /** Streams that both sides take; ours until the peer is known. */
  get streams(): number {
    return Math.min(this.#options.streams, this.#link?.peer.inboundStreams ?? this.#options.streams);
  }

  /** DTLS is connected. */
  start(now: number): SctpOutput {
    if (this.#options.role === 'client' && this.#state.type === 'connecting') this.#handshake.start(now);
    return this.#finish(now);
  }

  /** One packet, out of one DTLS record. Nothing of it is kept. */
  receive(bytes: Uint8Array, now: number): SctpOutput {
    if (this.isClosed) return this.#finish(now);
    const packet = readPacket(bytes);
    const { localPort, remotePort } = this.#options;
    if (packet === null || packet.destinationPort !== localPort || packet.sourcePort !== remotePort) {
      this.#dropped += 1;
      return this.#finish(now);
    }
    this.#link?.receiver.beginPacket();
    for (const [index, chunk] of packet.chunks.entries()) {
      if (this.isClosed || !this.#take(chunk, packet, index, now)) break;
    }
    return this.#finish(now);
  }

  /**
   * Queues one message, which is copied; it may be sent before the association is connected, and leaves then. Not accepted: when it
   * is closed, when too much waits already, when the message is too long or the stream does not exist or is being reset.
   */
  send(
    stream: number,
    ppid: number,
    data: Uint8Array,
    delivery: Delivery,
    now: number,
  ): SctpOutput & { accepted: boolean } {
    assert.ok(data.length > 0, 'SCTP has no empty messages');
    const accepted = this.#accepts(stream, data.length, now);
    if (accepted) {
      this.#sender.push({
        stream,
        ppid,
        data: Buffer.from(data),
        ordered: delivery.ordered,
        maxRetransmits: delivery.maxRetransmits ?? Number.POSITIVE_INFINITY,
        expiresAt: now + (delivery.maxLifetimeMs ?? Number.POSITIVE_INFINITY),
        ssn: 0,
        sent: 0,
      });
    }
    return { ...this.#finish(now), accepted };
  }

  /** Bytes of the stream's messages that have not been sent yet. */
  bufferedAmount(stream: number): number {
    return this.#sender.bufferedAmount(stream);
  }

  /**
   * What we send on these streams counts from the start again, once all that is queued on them has been sent: `streamsReset` says when.
   * Ignored while not connected, and if the peer cannot do it.
   */
  resetStreams(streams: readonly number[], now: number): SctpOutput {
    const link = this.#link;
    if (link?.peer.reconfig) for (const stream of streams) link.reset.want(stream);
    return this.#finish(now);
  }

  /** Ends it at once: the peer is told once, and what is queued is lost. */
  close(now: number): SctpOutput {
    this.#abort(CAUSE.userInitiated, 'abort', 'closed by us');
    return this.#finish(now);
  }

  advance(now: number): SctpOutput {
    const state = this.#state;
    if (state.type === 'connecting' && !this.#handshake.advance(now)) this.#unanswered();
    else if (state.type === 'finished' && state.retry.dueAt <= now) this.#sendShutdownAck(state.link, state.retry, now);
    else if (!this.#sender.advance(now))
      this.#abort(CAUSE.protocolViolation, 'timeout', 'the peer stopped acknowledging');
    return this.#finish(now);
  }

  get #link(): Link | null {
    return 'link' in this.#state ? this.#state.link : null;
  }

  /** Who knows our tag, and has told us its own. */
  get #peer(): SctpPeer | null {
    return this.#link?.peer ?? this.#handshake.peer;
  }

  #accepts(stream: number, bytes: number, now: number): boolean {
    const { maxMessageSize, sendLimit } = this.#options;
    if (this.isClosed || this.#state.type === 'finishing' || this.#state.type === 'finished') return false;
    if (stream >= this.streams || bytes > maxMessageSize || this.#link?.reset.isResetting(stream)) return false;
    if (this.#sender.heldBytes + bytes + MESSAGE_OVERHEAD > sendLimit) this.#sender.expire(now);
    return this.#sender.heldBytes + bytes + MESSAGE_OVERHEAD <= sendLimit;
  }

  /** False if the rest of the packet is not to be looked at. */
  #take(chunk: Chunk, packet: Packet, index: number, now: number): boolean {
    if (!this.#isForUs(chunk, packet)) {
      this.#dropped += 1;
      return false;
    }
    switch (chunk.type) {
      case 'init':
        this.#takeInit(chunk, now);
        return false;
      case 'initAck':
        this.#takeInitAck(chunk, now);
        return false;
      case 'cookieEcho':
        return index === 0 && this.#takeCookie(chunk.cookie, now);
      case 'cookieAck':
        if (this.#state.type === 'connecting' && this.#handshake.peer !== null) this.#open(this.#handshake.peer);
        return true;
      case 'abort':
        this.#end('abort', 'the peer aborted');
        return false;
      case 'shutdownComplete':
        if (this.#state.type === 'finished') this.#end('shutdown', 'the peer shut down');
        return false;
      case 'error':
        if (this.#state.type === 'connecting' && !this.#handshake.takeError(chunk.causes, now)) this.#unanswered();
        return true;
      case 'unknown':
        return this.#takeUnknown(chunk.chunkType, chunk.bytes);
      default:
        if (this.#link !== null) this.#takeLinked(chunk, this.#link, now);
        return true;
    }
  }

  /** The verification tag, RFC 9260 §8.5. */
  #isForUs(chunk: Chunk, packet: Packet): boolean {
    if (chunk.type === 'init') return packet.tag === 0 && packet.chunks.length === 1;
    if ((chunk.type === 'abort' || chunk.type === 'shutdownComplete') && chunk.reflected) {
      return packet.tag === this.#peer?.tag;
    }
    return packet.tag === this.#tag;
  }

  #takeInit(chunk: InitChunk, now: number): void {
    // Once connected, an INIT is a late one: over the same DTLS connection nobody starts again.
    if (this.#state.type !== 'connecting' || !this.#handshake.takeInit(chunk, now)) this.#dropped += 1;
  }

  #takeInitAck(chunk: InitChunk, now: number): void {
    if (this.#state.type === 'connecting' && !this.#handshake.takeInitAck(chunk, now)) this.#dropped += 1;
  }

  /** False if the rest of the packet is not to be looked at. */
  #takeCookie(bytes: Buffer, now: number): boolean {
    if (this.#state.type === 'connecting') {
      const peer = this.#handshake.takeCookie(bytes, now);
      if (peer === 'forged') this.#dropped += 1;
      if (typeof peer === 'string') return false;
      this.#open(peer);
    } else if (this.#link === null || !this.#handshake.isCookieOf(this.#link.peer, bytes, now)) {
      this.#dropped += 1;
      return false;
    }
    this.#chunks.push({ type: 'cookieAck' });
    return true;
  }

  /** The two highest bits of the type say what to do: report it, go on after it. */
  #takeUnknown(type: number, bytes: Buffer): boolean {
    this.#dropped += 1;
    if ((type & 0x40) !== 0 && this.#link !== null) {
      const value = Buffer.from(bytes.subarray(0, MAX_REPORTED_BYTES));
      this.#chunks.push({ type: 'error', causes: [{ type: CAUSE.unrecognizedChunk, value }] });
    }
    return (type & 0x80) !== 0;
  }

  #takeLinked(chunk: Chunk, link: Link, now: number): void {
    let breach: string | null = null;
    if (chunk.type === 'data') breach = link.receiver.data(chunk, now);
    else if (chunk.type === 'forwardTsn') breach = link.receiver.forward(chunk, now);
    else if (chunk.type === 'sack') this.#dropped += this.#sender.acknowledge(chunk, now) ? 0 : 1;
    else if (chunk.type === 'heartbeat') this.#chunks.push({ type: 'heartbeatAck', info: Buffer.from(chunk.info) });
    else if (chunk.type === 'shutdown') this.#takeShutdown(chunk.cumulative, link, now);
    else if (chunk.type === 'reconfig') {
      for (const parameter of chunk.parameters) {
        this.#settled(link.reset.receive(parameter, link.receiver.cumulative, now), link);
      }
    }
    if (breach !== null) this.#abort(CAUSE.protocolViolation, 'protocol', breach);
    else this.#settled(link.reset.settle(link.receiver.cumulative), link);
  }

  #takeShutdown(cumulative: number, link: Link, now: number): void {
    this.#sender.acknowledgeUpTo(cumulative, now);
    if (this.#state.type === 'open') this.#state = { type: 'finishing', link };
    else if (this.#state.type === 'finished') this.#chunks.push({ type: 'shutdownAck' });
  }

  #settled(settled: { streams: number[]; by: 'us' | 'them' } | null, link: Link): void {
    if (settled === null) return;
    const { by } = settled;
    const streams = by === 'them' ? link.receiver.resetStreams(settled.streams) : settled.streams;
    if (by === 'us') for (const stream of streams) this.#sender.resetStream(stream);
    if (streams.length > 0) this.#events.push({ type: 'streamsReset', streams, by });
  }

  #open(peer: SctpPeer): void {
    const { receiveWindow, maxMessageSize, streams } = this.#options;
    const receiver = new Receiver({
      initialTsn: peer.tsn,
      window: receiveWindow,
      maxMessageSize,
      streams,
      deliver: (message) => this.#events.push({ type: 'message', ...message }),
    });
    const reset = new StreamReset({ ourTsn: this.#initialTsn, peerTsn: peer.tsn, timeout: this.#timeout });
    this.#sender.open({ window: peer.window, mayAbandon: peer.forwardTsn });
    this.#state = { type: 'open', link: { peer, receiver, reset } };
    receiver.beginPacket();
    this.#events.push({ type: 'connected' });
  }

  #sendShutdownAck(link: Link, retry: Retry, now: number): void {
    if (!retry.try(now)) {
      this.#unanswered();
      return;
    }
    this.#state = { type: 'finished', link, retry };
    this.#sendAlone({ type: 'shutdownAck' }, link.peer.tag);
  }

  #unanswered(): void {
    this.#end('timeout', 'the peer did not answer');
  }

  #abort(cause: number, reason: SctpEnd, detail: string): void {
    const peer = this.#peer;
    const causes = [{ type: cause, value: Buffer.from(detail) }];
    if (peer !== null && !this.isClosed) this.#sendAlone({ type: 'abort', reflected: false, causes }, peer.tag);
    this.#end(reason, detail);
  }

  #end(reason: SctpEnd, detail: string): void {
    if (this.isClosed) return;
    this.#state = { type: 'closed' };
    this.#sender.clear();
    this.#chunks = [];
    this.#events.push({ type: 'closed', reason, detail });
  }

  #sendAlone(chunk: Chunk, tag: number): void {
    this.#sendPackets([encodePacket(this.#header(tag), [encodeChunk(chunk)])]);
  }

  #sendPackets(packets: readonly Buffer[]): void {
    for (const packet of packets) this.#events.push({ type: 'send', packet });
  }

  #header(tag: number): PacketHeader {
    return { sourcePort: this.#options.localPort, destinationPort: this.#options.remotePort, tag };
  }

  /** Sends what is to be sent now, and hands over what has happened. */
  #finish(now: number): SctpOutput {
    const link = this.#link;
    if (link !== null) this.#transmit(link, now);
    for (const stream of this.#sender.takeDrained()) this.#events.push({ type: 'drained', stream });
    const events = this.#events;
    this.#events = [];
    return { events, wakeAt: this.#wakeAt() };
  }

  #transmit(link: Link, now: number): void {
    const chunks = this.#chunks;
    this.#chunks = [];
    const sack = link.receiver.sack(now);
    if (sack !== null) chunks.push(sack);
    const forward = this.#sender.forwardTsn(now);
    if (forward !== null) chunks.push(forward);
    const header = this.#header(link.peer.tag);
    this.#sendPackets(pack(header, this.#options.mtu, chunks, (room) => this.#sender.next(room, now)));
    // After the data, so that a request that waited for the last of them goes at once.
    const isEmpty = (stream: number) => this.#sender.bufferedAmount(stream) === 0;
    const parameters = link.reset.due({ isEmpty, lastTsn: this.#sender.lastTsn }, now);
    if (parameters === null) {
      this.#abort(CAUSE.protocolViolation, 'timeout', 'the peer does not answer a stream reset');
      return;
    }
    const reconfigs = parameters.map((parameter): Chunk => ({ type: 'reconfig', parameters: [parameter] }));
    this.#sendPackets(pack(header, this.#options.mtu, reconfigs, () => null));
    if (this.#state.type === 'finishing' && this.#sender.isIdle)
      this.#sendShutdownAck(link, new Retry(this.#timeout), now);
  }

  #wakeAt(): number {
    const state = this.#state;
    if (state.type === 'closed') return Number.POSITIVE_INFINITY;
    const retry = 'retry' in state ? state.retry.dueAt : Number.POSITIVE_INFINITY;
    const handshake = state.type === 'connecting' ? this.#handshake.wakeAt : Number.POSITIVE_INFINITY;
    const link = this.#link;
    return Math.min(
      retry,
      handshake,
      this.#sender.wakeAt,
      link?.receiver.wakeAt ?? Number.POSITIVE_INFINITY,
      link?.reset.wakeAt ?? Number.POSITIVE_INFINITY,
    );
  }
}
