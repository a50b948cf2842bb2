import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Chunk, encodeChunk, type InitChunk, type SackChunk } from './chunk.ts';
import { encodePacket, PACKET_HEADER, type Packet, readPacket } from './packet.ts';
import {
  cookieParameter,
  OUR_PARAMETERS,
  openCookie,
  readPeer,
  type SctpPeer,
  sealCookie,
  unrecognizedParameter,
} from './peer.ts';
import { Receiver } from './receiver.ts';
import { RetransmissionTimeout } from './rto.ts';
import { Sender } from './sender.ts';
import { StreamReset } from './stream-reset.ts';
import type { Tlv } from './tlv.ts';
import type { Delivery, SctpEnd, SctpEvent, SctpOutput, SctpStatistics } from './types.ts';

/** Max.Init.Retransmits, and as often for SHUTDOWN ACK. */
const MAX_ATTEMPTS = 8;
const MAX_HANDSHAKE_WAIT_MS = 4_000;
/** What a queued message costs beside its bytes. */
const MESSAGE_OVERHEAD = 64;
/** Much of an unknown chunk that its sender gets back. */
const MAX_REPORTED_BYTES = 64;
const CAUSE = { staleCookie: 3, unrecognizedChunk: 6, userInitiated: 12, protocolViolation: 13 } as const;

export interface SctpOptions {
  /** A client sends INIT when started; a server waits for one. Both may be clients. */
  role: 'client' | 'server';
  /** 5000 by default, as in WebRTC. */
  localPort?: number;
  remotePort?: number;
  /** The longest packet, in bytes; 1160 fits into a DTLS record for a path MTU of 1200 by default. */
  mtu?: number;
  /** In bytes, both ways; 65536 by default. A peer that sends a longer message is in breach of protocol. */
  maxMessageSize?: number;
  /** Bytes of incomplete messages, and of messages that wait for others, that the peer may make us hold; 256 KiB by default. */
  receiveWindow?: number;
  /** Bytes that may wait to be sent or acknowledged, with 64 for each message; 1 MiB by default. */
  sendLimit?: number;
  /** Streams each way: 0 to `streams` - 1; 1024 by default. */
  streams?: number;
  random?: (bytes: number) => Uint8Array;
}

/** What there is once the peer is known. */
interface Link {
  peer: SctpPeer;
  receiver: Receiver;
  reset: StreamReset;
}

interface Retry {
  attempts: number;
  dueAt: number;
}

type State =
  /** Nothing sent. A peer may connect. */
  | { type: 'listening' }
  /** INIT sent. */
  | { type: 'initSent'; retry: Retry }
  /** COOKIE ECHO sent. */
  | { type: 'cookieSent'; retry: Retry; peer: SctpPeer; cookie: Buffer }
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
  readonly #cookieSecret: Uint8Array;
  readonly #timeout = new RetransmissionTimeout();
  readonly #sender: Sender;
  #state: State = { type: 'listening' };
  #events: SctpEvent[] = [];
  /** Chunks for the next packet. */
  #chunks: Chunk[] = [];
  #dropped = 0;

  constructor(options: SctpOptions) {
    this.#options = {
      localPort: 5000,
      remotePort: 5000,
      mtu: 1160,
      maxMessageSize: 65_536,
      receiveWindow: 256 * 1024,
      sendLimit: 1024 * 1024,
      streams: 1024,
      random: randomBytes,
      ...options,
    };
    const { random, mtu } = this.#options;
    assert.ok(mtu >= 512 && mtu % 4 === 0, 'the MTU is a multiple of four, and at least 512');
    const numbers = Buffer.from(random(8));
    this.#tag = numbers.readUInt32BE(0) || 1;
    this.#initialTsn = numbers.readUInt32BE(4);
    this.#cookieSecret = random(32);
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

  /** The longest message, in bytes. */
  get maxMessageSize(): number {
    return this.#options.maxMessageSize;
  }

  /** Streams that both sides take; ours until the peer is known. */
  get streams(): number {
    return Math.min(this.#options.streams, this.#link?.peer.inboundStreams ?? this.#options.streams);
  }

  /** DTLS is connected. */
  start(now: number): SctpOutput {
    if (this.#options.role === 'client' && this.#state.type === 'listening')
      this.#sendInit({ attempts: 0, dueAt: now }, now);
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
    if (state.type === 'initSent' && state.retry.dueAt <= now) this.#sendInit(state.retry, now);
    else if (state.type === 'cookieSent' && state.retry.dueAt <= now) this.#sendCookie(state, now);
    else if (state.type === 'finished' && state.retry.dueAt <= now) this.#sendShutdownAck(state.link, state.retry, now);
    else if (!this.#sender.advance(now))
      this.#abort(CAUSE.protocolViolation, 'timeout', 'the peer stopped acknowledging');
    return this.#finish(now);
  }

  get #link(): Link | null {
    return 'link' in this.#state ? this.#state.link : null;
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
        if (this.#state.type === 'cookieSent') this.#open(this.#state.peer);
        return true;
      case 'abort':
        this.#end('abort', 'the peer aborted');
        return false;
      case 'shutdownComplete':
        if (this.#state.type === 'finished') this.#end('shutdown', 'the peer shut down');
        return false;
      case 'error': {
        const state = this.#state;
        const isStale = chunk.causes.some(({ type }) => type === CAUSE.staleCookie);
        if (state.type === 'cookieSent' && isStale) this.#sendInit(state.retry, now);
        return true;
      }
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
      const peer = this.#state.type === 'cookieSent' ? this.#state.peer : this.#link?.peer;
      return peer !== undefined && packet.tag === peer.tag;
    }
    return packet.tag === this.#tag;
  }

  #takeInit(chunk: InitChunk, now: number): void {
    const read = readPeer(chunk);
    // Once connected, an INIT is a late one: over the same DTLS connection nobody starts again.
    if (read === null || this.#link !== null) {
      this.#dropped += 1;
      return;
    }
    // With the tag and the TSN of an INIT of ours that may be under way at the same time, as RFC 9260 §5.2.1 has it.
    const cookie = cookieParameter(sealCookie(this.#cookieSecret, read.peer, now));
    this.#sendAlone(
      this.#initChunk('initAck', [cookie, ...read.unrecognized.map(unrecognizedParameter)]),
      read.peer.tag,
    );
  }

  #takeInitAck(chunk: InitChunk, now: number): void {
    if (this.#state.type !== 'initSent') return;
    const read = readPeer(chunk);
    if (read?.cookie == null || read.cookie.length > this.#options.mtu - PACKET_HEADER - 4) {
      this.#dropped += 1;
      return;
    }
    // Views of the packet are not kept.
    const cookie = Buffer.from(read.cookie);
    this.#sendCookie({ peer: read.peer, cookie, retry: { attempts: 0, dueAt: now } }, now);
  }

  #takeCookie(bytes: Buffer, now: number): boolean {
    const cookie = openCookie(this.#cookieSecret, bytes, now);
    const link = this.#link;
    if (cookie === null || (link !== null && link.peer.tag !== cookie.peer.tag)) {
      this.#dropped += 1;
      return false;
    }
    if (link === null && cookie.staleMs > 0) {
      const value = Buffer.alloc(4);
      value.writeUInt32BE(Math.min(0xffff_ffff, Math.ceil(cookie.staleMs * 1000)));
      this.#sendAlone({ type: 'error', causes: [{ type: CAUSE.staleCookie, value }] }, cookie.peer.tag);
      return false;
    }
    if (link === null) this.#open(cookie.peer);
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
    else if (chunk.type === 'sack') this.#takeSack(chunk, now);
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

  #takeSack(sack: SackChunk, now: number): void {
    if (!this.#sender.acknowledge(sack, now)) this.#dropped += 1;
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

  #initChunk(type: 'init' | 'initAck', parameters: readonly Tlv[]): InitChunk {
    const { receiveWindow, streams } = this.#options;
    return {
      type,
      tag: this.#tag,
      window: receiveWindow,
      outboundStreams: streams,
      inboundStreams: streams,
      tsn: this.#initialTsn,
      parameters: [...parameters, ...OUR_PARAMETERS],
    };
  }

  #sendInit(retry: Retry, now: number): void {
    const next = this.#nextTry(retry, now);
    if (next === null) return;
    this.#state = { type: 'initSent', retry: next };
    this.#sendAlone(this.#initChunk('init', []), 0);
  }

  #sendCookie({ retry, peer, cookie }: { retry: Retry; peer: SctpPeer; cookie: Buffer }, now: number): void {
    const next = this.#nextTry(retry, now);
    if (next === null) return;
    this.#state = { type: 'cookieSent', retry: next, peer, cookie };
    this.#sendAlone({ type: 'cookieEcho', cookie }, peer.tag);
  }

  #sendShutdownAck(link: Link, retry: Retry, now: number): void {
    const next = this.#nextTry(retry, now);
    if (next === null) return;
    this.#state = { type: 'finished', link, retry: next };
    this.#sendAlone({ type: 'shutdownAck' }, link.peer.tag);
  }

  /** Null if it was tried often enough: then all is over. */
  #nextTry({ attempts }: Retry, now: number): Retry | null {
    if (attempts > MAX_ATTEMPTS) {
      this.#end('timeout', 'the peer did not answer');
      return null;
    }
    const wait = Math.min(MAX_HANDSHAKE_WAIT_MS, this.#timeout.ms * 2 ** attempts);
    return { attempts: attempts + 1, dueAt: now + wait };
  }

  #abort(cause: number, reason: SctpEnd, detail: string): void {
    const peer = this.#state.type === 'cookieSent' ? this.#state.peer : this.#link?.peer;
    if (peer !== undefined) {
      this.#sendAlone(
        { type: 'abort', reflected: false, causes: [{ type: cause, value: Buffer.from(detail) }] },
        peer.tag,
      );
    }
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
    this.#sendPacket([encodeChunk(chunk)], tag);
  }

  #sendPacket(chunks: readonly Buffer[], tag: number): void {
    const { localPort, remotePort } = this.#options;
    this.#events.push({
      type: 'send',
      packet: encodePacket({ sourcePort: localPort, destinationPort: remotePort, tag }, chunks),
    });
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
    this.#pack(chunks, link, now);
    // After the data, so that a request that waited for the last of them goes at once.
    const isEmpty = (stream: number) => this.#sender.bufferedAmount(stream) === 0;
    const parameters = link.reset.due({ isEmpty, lastTsn: this.#sender.lastTsn }, now);
    if (parameters === null) {
      this.#abort(CAUSE.protocolViolation, 'timeout', 'the peer does not answer a stream reset');
      return;
    }
    for (const parameter of parameters) this.#sendAlone({ type: 'reconfig', parameters: [parameter] }, link.peer.tag);
    if (this.#state.type === 'finishing' && this.#sender.isIdle)
      this.#sendShutdownAck(link, { attempts: 0, dueAt: now }, now);
  }

  /** Fills packets: first these chunks, then as much DATA as may go. */
  #pack(chunks: readonly Chunk[], link: Link, now: number): void {
    const { mtu } = this.#options;
    let packet: Buffer[] = [];
    let room = mtu - PACKET_HEADER;
    const flush = () => {
      if (packet.length > 0) this.#sendPacket(packet, link.peer.tag);
      packet = [];
      room = mtu - PACKET_HEADER;
    };
    for (const chunk of chunks) {
      const bytes = encodeChunk(chunk);
      // Only an echo can be longer than a packet: then it was a probe for what the path takes, and does not take.
      if (bytes.length > mtu - PACKET_HEADER) continue;
      if (bytes.length > room) flush();
      packet.push(bytes);
      room -= bytes.length;
    }
    for (;;) {
      const data = this.#sender.next(room, now);
      if (data === null && packet.length === 0) return;
      if (data === null) {
        flush();
        continue;
      }
      const bytes = encodeChunk(data);
      packet.push(bytes);
      room -= bytes.length;
      assert.ok(room >= 0, 'a packet is longer than the path takes');
    }
  }

  #wakeAt(): number {
    const state = this.#state;
    if (state.type === 'closed') return Number.POSITIVE_INFINITY;
    const retry = 'retry' in state ? state.retry.dueAt : Number.POSITIVE_INFINITY;
    const link = this.#link;
    return Math.min(
      retry,
      this.#sender.wakeAt,
      link?.receiver.wakeAt ?? Number.POSITIVE_INFINITY,
      link?.reset.wakeAt ?? Number.POSITIVE_INFINITY,
    );
  }
}
