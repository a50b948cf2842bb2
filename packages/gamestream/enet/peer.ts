import { type ConnectFields, type EnetCommand, encodeCommand } from './command.ts';
import {
  CLIENT_TIMEOUT,
  CONNECTION_CHANNEL,
  DEFAULT_MTU,
  DEFAULT_TIMEOUT,
  type EnetTimeout,
  HEADER_BYTES,
  LINGER_MS,
  MAX_COMMANDS,
  MAX_HELD_BYTES,
  MAX_WINDOW,
  NO_SLOT,
  PING_INTERVAL_MS,
} from './constants.ts';
import { encodeDatagram } from './datagram.ts';
import { Inbox } from './inbox.ts';
import {
  clampMtu,
  clampWindow,
  DEFAULT_THROTTLE,
  isChannelCount,
  nextSession,
  type SlotSessions,
  sameThrottle,
  windowOfBandwidth,
} from './negotiate.ts';
import { Outbox } from './outbox.ts';
import { RttEstimator, reconstructSentTime } from './rtt.ts';
import { SendQueue } from './send-queue.ts';
import type { EnetAddress, EnetEvent, EnetMode } from './types.ts';

type State =
  /** Client: CONNECT sent. */
  | 'connecting'
  /** Host: VERIFY_CONNECT sent. */
  | 'acknowledging'
  | 'connected'
  /** A reliable DISCONNECT was sent. */
  | 'disconnecting'
  /** The slot is free again. */
  | 'gone';

/** What to do with the rest of a datagram after a command. */
export type Handled = 'next' | 'stop';

export interface EnetPeerOptions {
  slot: number;
  address: EnetAddress;
  /** The slot's memory, updated when a connection is made. */
  sessions: SlotSessions;
  emit: (event: EnetEvent) => void;
}

/** One connection, protocol/2 §1.5 to §1.13: its state, and both halves of its channels. */
export class EnetPeer {
  readonly slot: number;
  address: EnetAddress;
  readonly rtt = new RttEstimator();
  readonly queue = new SendQueue(MAX_WINDOW);
  #state: State = 'connecting';
  readonly #sessions: SlotSessions;
  readonly #emit: (event: EnetEvent) => void;
  #remoteSlot = NO_SLOT;
  /** Session bits of what we send. */
  #session = 0;
  #connectId: Buffer = Buffer.alloc(0);
  #connectData = 0;
  #mtu = DEFAULT_MTU;
  #channelCount = 0;
  #timeout: EnetTimeout = DEFAULT_TIMEOUT;
  readonly #inbox: Inbox;
  readonly #outbox = new Outbox(this.queue);
  #acks: Buffer[] = [];
  /** The client's ACK of VERIFY_CONNECT, repeated until the host has acknowledged something (protocol/2 §1.6). */
  #verifyAck: Buffer | null = null;
  #lastAckAt = 0;
  /** Set while a reliable disconnect drains or waits for its ACK. */
  #leaving: { data: number; until: number } | null = null;
  /** An unsequenced DISCONNECT, the very last datagram. */
  #farewell: Buffer | null = null;

  private constructor(options: EnetPeerOptions) {
    this.slot = options.slot;
    this.address = options.address;
    this.#sessions = options.sessions;
    this.#emit = options.emit;
    this.#inbox = new Inbox({
      deliver: (channel, mode, data) => options.emit({ type: 'message', peer: options.slot, channel, mode, data }),
      fromStart: true,
    });
  }

  /** The client's side: queues CONNECT. */
  static connecting(options: EnetPeerOptions & { channels: number; data: number; connectId: Buffer }): EnetPeer {
    const peer = new EnetPeer(options);
    peer.#channelCount = options.channels;
    peer.#connectId = options.connectId;
    peer.#queueConnection({
      type: 'connect',
      ...peer.#connectFields(options.sessions.incoming, options.sessions.outgoing),
      connectData: options.data,
    });
    return peer;
  }

  /** The host's side: accepts a valid CONNECT and queues VERIFY_CONNECT. */
  static accepting(
    options: EnetPeerOptions & { connect: ConnectFields & { connectData: number }; channelLimit: number },
  ): EnetPeer {
    const { connect } = options;
    const peer = new EnetPeer(options);
    peer.#state = 'acknowledging';
    peer.#connectId = connect.connectId;
    peer.#connectData = connect.connectData;
    peer.#remoteSlot = connect.senderSlot;
    peer.#channelCount = Math.min(connect.channelCount, options.channelLimit);
    peer.#mtu = Math.min(DEFAULT_MTU, clampMtu(connect.mtu));
    peer.queue.window = windowOfBandwidth(connect.incomingBandwidth);
    const outgoing = nextSession(connect.incomingSession, options.sessions.outgoing);
    const incoming = nextSession(connect.outgoingSession, options.sessions.incoming);
    options.sessions.outgoing = outgoing;
    options.sessions.incoming = incoming;
    peer.#session = outgoing;
    peer.#queueConnection({
      type: 'verifyConnect',
      ...peer.#connectFields(outgoing, incoming),
      mtu: peer.#mtu,
      windowSize: clampWindow(connect.windowSize),
      throttleInterval: connect.throttleInterval,
      throttleAcceleration: connect.throttleAcceleration,
      throttleDeceleration: connect.throttleDeceleration,
    });
    return peer;
  }

  get gone(): boolean {
    return this.#state === 'gone';
  }

  /** Data can be sent. */
  get open(): boolean {
    return this.#state === 'connected' && this.#leaving === null;
  }

  /** The session bits that a datagram to us must have; null while any are accepted. */
  get requiredSession(): number | null {
    return this.#state === 'connecting' ? null : this.#sessions.incoming;
  }

  isFrom(address: EnetAddress, connectId: Buffer): boolean {
    return this.address === address && this.#connectId.equals(connectId);
  }

  /** Handles one command of a datagram that was sent at `sentTime`. */
  handle(command: EnetCommand, wantsAck: boolean, sentTime: number | null, now: number): Handled {
    const before = this.#state;
    if (this.#dispatch(command, now) === 'stop') return 'stop';
    if (!wantsAck) return 'next';
    if (sentTime === null) return 'stop';
    if (this.#acknowledges(command, before)) this.#queueAck(command, sentTime);
    return 'next';
  }

  #dispatch(c: EnetCommand, now: number): Handled {
    if (this.#state === 'gone') return 'stop';
    switch (c.type) {
      case 'acknowledge':
        return this.#onAcknowledge(c.receivedSeq, c.channel, c.receivedSentTime, now);
      case 'verifyConnect':
        return this.#onVerifyConnect(c, now);
      case 'disconnect':
        return this.#onDisconnect(c.data);
      case 'connect':
        return 'stop';
    }
    if (this.#state !== 'connected') return 'stop';
    switch (c.type) {
      case 'ping':
      case 'throttleConfigure':
        return 'next';
      case 'bandwidthLimit':
        this.queue.window = windowOfBandwidth(c.incomingBandwidth);
        return 'next';
    }
    return c.channel < this.#channelCount && this.#inbox.accept(c) ? 'next' : 'stop';
  }

  #onAcknowledge(seq: number, channel: number, sentTime: number, now: number): Handled {
    if (this.#state === 'connecting') return 'next'; // only VERIFY_CONNECT answers a CONNECT
    const clock = Math.floor(now);
    const sent = reconstructSentTime(sentTime, clock);
    if (sent === null) return 'next';
    this.rtt.sample(Math.max(1, clock - sent));
    this.#lastAckAt = now;
    this.#verifyAck = null;
    this.queue.anyAcknowledged();
    const known = this.queue.acknowledge(channel, seq);
    if (this.#state === 'acknowledging') {
      if (!known) return 'stop';
      this.#state = 'connected';
      this.#emit({ type: 'connected', peer: this.slot, address: this.address, data: this.#connectData });
    } else if (this.#state === 'disconnecting' && known) {
      this.#end('local', 0);
    }
    return 'next';
  }

  #onVerifyConnect(c: ConnectFields, now: number): Handled {
    if (this.#state !== 'connecting') return 'next';
    if (
      !isChannelCount(c.channelCount) ||
      !sameThrottle(c, DEFAULT_THROTTLE) ||
      !c.connectId.equals(this.#connectId) ||
      c.senderSlot >= NO_SLOT
    ) {
      this.#end('failed', 0);
      return 'stop';
    }
    this.queue.clear();
    this.queue.anyAcknowledged();
    this.#state = 'connected';
    this.#timeout = CLIENT_TIMEOUT;
    this.#lastAckAt = now;
    this.#remoteSlot = c.senderSlot;
    this.#session = c.outgoingSession & 3;
    this.#sessions.outgoing = this.#session;
    this.#sessions.incoming = c.incomingSession & 3;
    this.#mtu = Math.min(this.#mtu, clampMtu(c.mtu));
    this.queue.window = Math.min(this.queue.window, clampWindow(c.windowSize));
    this.#channelCount = Math.min(this.#channelCount, c.channelCount);
    this.#emit({ type: 'connected', peer: this.slot, address: this.address, data: 0 });
    return 'next';
  }

  #onDisconnect(data: number): Handled {
    // Everything received is delivered, even after a gap: a termination message must not be lost (protocol/2 §1.13).
    if (this.#state === 'connected') this.#inbox.deliverAll();
    this.#end(this.#state === 'connecting' ? 'failed' : this.#leaving === null ? 'remote' : 'local', data);
    return 'next';
  }

  /** Whether a flagged command that arrived in state `before` is acknowledged, protocol/2 §1.6 and §1.8. */
  #acknowledges(c: EnetCommand, before: State): boolean {
    if (c.type === 'disconnect') return before === 'connected';
    if (this.#state !== 'connected') return false;
    if (c.type === 'sendReliable' || c.type === 'sendFragment') {
      return this.#inbox.channel(c.channel).acknowledges(c.reliableSeq);
    }
    return true;
  }

  #queueAck(c: EnetCommand, sentTime: number): void {
    const ack = encodeCommand({
      type: 'acknowledge',
      channel: c.channel,
      reliableSeq: c.reliableSeq,
      receivedSeq: c.reliableSeq,
      receivedSentTime: sentTime,
    });
    if (c.type === 'verifyConnect') this.#verifyAck = ack;
    this.#acks.push(ack);
  }

  /** Queues one message; a channel that was not granted becomes channel 0 (protocol/2 §3.7). */
  send(channel: number, data: Buffer, mode: EnetMode): void {
    this.#outbox.push(channel < this.#channelCount ? channel : 0, data, mode, this.#mtu);
  }

  /** Starts to leave; `reliable` drains first. */
  disconnect(how: 'reliable' | 'unsequenced', data: number, now: number): void {
    if (how === 'reliable' && this.#state === 'connected') {
      this.#leaving ??= { data, until: now + LINGER_MS };
      return;
    }
    this.#queueFarewell(data);
    this.#end('local', 0);
  }

  #queueFarewell(data: number): void {
    if (this.#state === 'connecting' || this.#state === 'gone') return;
    const reliableSeq = this.#outbox.nextConnectionSeq();
    const channel = CONNECTION_CHANNEL;
    this.#farewell = encodeCommand({ type: 'disconnect', channel, reliableSeq, data, unsequenced: true });
  }

  /** Handles what time brings: retransmissions, the ping, giving up. */
  advance(now: number): void {
    if (this.#state === 'gone') return;
    if (this.#leaving !== null && now >= this.#leaving.until) {
      this.#queueFarewell(this.#leaving.data);
      this.#end('local', 0);
      return;
    }
    if (this.queue.expire(now, this.#timeout) || this.queue.heldBytes > MAX_HELD_BYTES) {
      this.#end(this.#leaving !== null ? 'local' : this.#state === 'connecting' ? 'failed' : 'timeout', 0);
      return;
    }
    if (this.#state === 'connected' && this.queue.idle) {
      if (this.#leaving !== null) {
        this.#state = 'disconnecting';
        this.#queueConnection({ type: 'disconnect', data: this.#leaving.data, unsequenced: false });
      } else if (now >= this.#lastAckAt + PING_INTERVAL_MS) {
        this.#queueConnection({ type: 'ping' });
      }
    }
  }

  /** Datagrams that may be sent now, ACKs first. */
  flush(now: number): Buffer[] {
    const datagrams: Buffer[] = [];
    for (;;) {
      const acks = this.#acks.splice(0, MAX_COMMANDS);
      const repeated = this.#verifyAck !== null && !acks.includes(this.#verifyAck) ? [this.#verifyAck] : [];
      let commands = [...repeated, ...acks].slice(0, MAX_COMMANDS);
      let taken = this.#take(commands, now);
      if (taken.bytes.length === 0 && acks.length === 0) {
        commands = [];
        taken = this.#take(commands, now);
        if (taken.bytes.length === 0) break;
        // The repeated ACK does not fit into a full datagram, so it goes ahead alone.
        if (repeated.length > 0) datagrams.push(this.#datagram(repeated, null));
      }
      datagrams.push(this.#datagram([...commands, ...taken.bytes], taken.reliable ? Math.floor(now) & 0xffff : null));
    }
    if (this.#farewell !== null) {
      datagrams.push(this.#datagram([this.#farewell], null));
      this.#farewell = null;
    }
    return datagrams;
  }

  #take(before: readonly Buffer[], now: number): { bytes: Buffer[]; reliable: boolean } {
    const room = this.#mtu - HEADER_BYTES - before.reduce((sum, c) => sum + c.length, 0);
    const base = this.rtt.baseTimeout(this.#timeout.maxMs);
    return this.queue.take(room, MAX_COMMANDS - before.length, now, base, this.#timeout.limit);
  }

  #datagram(commands: readonly Buffer[], sentTime: number | null): Buffer {
    return encodeDatagram({ slot: this.#remoteSlot, session: this.#session, sentTime }, commands);
  }

  get wakeAt(): number {
    if (this.#state === 'gone') return Number.POSITIVE_INFINITY;
    const leaving = this.#leaving?.until ?? Number.POSITIVE_INFINITY;
    const ping = this.open && this.queue.idle ? this.#lastAckAt + PING_INTERVAL_MS : Number.POSITIVE_INFINITY;
    return Math.min(leaving, ping, this.queue.wakeAt);
  }

  #queueConnection(
    c:
      | ({ type: 'connect'; connectData: number } & ConnectFields)
      | ({ type: 'verifyConnect' } & ConnectFields)
      | { type: 'disconnect'; data: number; unsequenced: boolean }
      | { type: 'ping' },
  ): void {
    this.#outbox.pushConnection((reliableSeq) => encodeCommand({ ...c, channel: CONNECTION_CHANNEL, reliableSeq }));
  }

  #connectFields(incomingSession: number, outgoingSession: number): ConnectFields {
    return {
      senderSlot: this.slot,
      incomingSession,
      outgoingSession,
      mtu: DEFAULT_MTU,
      windowSize: MAX_WINDOW,
      channelCount: this.#channelCount,
      incomingBandwidth: 0,
      outgoingBandwidth: 0,
      ...DEFAULT_THROTTLE,
      connectId: this.#connectId,
    };
  }

  #end(reason: 'remote' | 'local' | 'timeout' | 'failed', data: number): void {
    const isKnown = this.#state !== 'acknowledging';
    this.#state = 'gone';
    this.queue.clear();
    if (isKnown) this.#emit({ type: 'disconnected', peer: this.slot, reason, data });
  }
}
