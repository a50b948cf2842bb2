import { GameStreamError } from '../errors.ts';
import { readCommand } from './command.ts';
import { MAX_MESSAGE_BYTES, NO_SLOT } from './constants.ts';
import { type DatagramHeader, readHeader } from './datagram.ts';
import { isChannelCount, NO_SESSION, type SlotSessions } from './negotiate.ts';
import { EnetPeer, type EnetPeerOptions } from './peer.ts';
import type { EnetAddress, EnetEvent, EnetMode, EnetOutput, EnetSend } from './types.ts';

export interface EnetHostOptions {
  /** Simultaneous connections, 1 to 4095. */
  slots: number;
  /** Most channels granted, 1 to 255. */
  channelLimit?: number;
  /** Returns `bytes` unpredictable bytes, for connect IDs. */
  random: (bytes: number) => Buffer;
}

export interface EnetPeerStats {
  address: EnetAddress;
  rttMs: number;
  rttVarianceMs: number;
  /** Reliable commands waiting to be sent or acknowledged. */
  unacknowledged: number;
  retransmissions: number;
}

interface Slot {
  sessions: SlotSessions;
  peer: EnetPeer | null;
}

/**
 * ENet of protocol/2 §1 without I/O: client and host in one. Times are milliseconds. A datagram given to `receive` must
 * not be changed afterwards: messages are views into it.
 */
export class EnetHost {
  /** Datagrams that belonged to no connection or were not ENet. */
  dropped = 0;
  readonly #slots: Slot[];
  readonly #channelLimit: number;
  readonly #random: (bytes: number) => Buffer;
  #sends: EnetSend[] = [];
  #events: EnetEvent[] = [];

  constructor(options: EnetHostOptions) {
    const channelLimit = options.channelLimit ?? 255;
    if (
      !Number.isInteger(options.slots) ||
      options.slots < 1 ||
      options.slots > NO_SLOT ||
      !isChannelCount(channelLimit)
    ) {
      throw new GameStreamError('INVALID_ARGUMENT', 'ENet needs 1 to 4095 slots and 1 to 255 channels');
    }
    const sessions = () => ({ incoming: NO_SESSION, outgoing: NO_SESSION });
    this.#slots = Array.from({ length: options.slots }, () => ({ sessions: sessions(), peer: null }));
    this.#channelLimit = channelLimit;
    this.#random = options.random;
  }

  /** Starts a connection; a `connected` or `disconnected` event follows. Errors: INVALID_ARGUMENT. */
  connect(options: { to: EnetAddress; channels: number; data: number }, now: number): EnetOutput & { peer: number } {
    if (!isChannelCount(options.channels)) throw new GameStreamError('INVALID_ARGUMENT', 'ENet has 1 to 255 channels');
    const free = this.#freeSlot(options.to);
    if (free === null) throw new GameStreamError('INVALID_ARGUMENT', 'no free ENet slot');
    const { channels, data } = options;
    free.slot.peer = EnetPeer.connecting({ ...free.options, channels, data: data >>> 0, connectId: this.#random(4) });
    return { ...this.#finish(now), peer: free.options.slot };
  }

  /** Takes one datagram from the socket; a foreign one is dropped and counted. */
  receive(datagram: Buffer, from: EnetAddress, now: number): EnetOutput {
    const read = readHeader(datagram);
    if (read === null) this.dropped++;
    else if (read.header.slot === NO_SLOT) this.#receiveConnect(datagram, read.next, from);
    else this.#receiveForSlot(datagram, read.header, read.next, from, now);
    return this.#finish(now);
  }

  #receiveConnect(datagram: Buffer, offset: number, from: EnetAddress): void {
    const command = readCommand(datagram, offset)?.command;
    const free = this.#freeSlot(from);
    if (
      command?.type !== 'connect' ||
      command.senderSlot >= NO_SLOT ||
      !isChannelCount(command.channelCount) ||
      free === null ||
      this.#slots.some((slot) => slot.peer?.isFrom(from, command.connectId))
    ) {
      this.dropped++;
      return;
    }
    free.slot.peer = EnetPeer.accepting({ ...free.options, connect: command, channelLimit: this.#channelLimit });
  }

  #receiveForSlot(datagram: Buffer, header: DatagramHeader, offset: number, from: EnetAddress, now: number): void {
    const peer = this.#slots[header.slot]?.peer ?? null;
    if (peer === null || (peer.requiredSession !== null && header.session !== peer.requiredSession)) {
      this.dropped++;
      return;
    }
    for (let next = offset; next < datagram.length; ) {
      const read = readCommand(datagram, next);
      if (read === null) return;
      next = read.next;
      const handled = peer.handle(read.command, read.wantsAck, header.sentTime, now);
      if (handled === 'stop') return;
      // The connection follows its peer to a new address, but only on a valid command (protocol/2 §1.5).
      peer.address = from;
    }
  }

  /**
   * Sends one message; a channel that was not granted becomes channel 0. Errors: NOT_CONNECTED, INVALID_ARGUMENT if it is longer
   * than 256 KiB. A peer that lets 1 MiB pile up is disconnected as timed out.
   */
  send(peer: number, channel: number, data: Buffer, mode: EnetMode, now: number): EnetOutput {
    const found = this.#slots[peer]?.peer;
    if (!found?.open) throw new GameStreamError('NOT_CONNECTED', 'the ENet connection is not up');
    if (data.length > MAX_MESSAGE_BYTES) {
      throw new GameStreamError('INVALID_ARGUMENT', `an ENet message of ${data.length} bytes is too long`);
    }
    found.send(channel, data, mode);
    return this.#finish(now);
  }

  /**
   * Ends a connection. `reliable`: drains the queue first, for at most 2 s. `unsequenced`: sends one datagram, and is gone.
   * Harmless if there is no connection.
   */
  disconnect(peer: number, how: 'reliable' | 'unsequenced', now: number, data = 0): EnetOutput {
    this.#slots[peer]?.peer?.disconnect(how, data >>> 0, now);
    return this.#finish(now);
  }

  /** Does the retransmissions, pings and timeouts that are due. */
  advance(now: number): EnetOutput {
    return this.#finish(now);
  }

  /** null if there is no such connection. */
  stats(peer: number): EnetPeerStats | null {
    const found = this.#slots[peer]?.peer;
    if (!found) return null;
    return {
      address: found.address,
      rttMs: found.rtt.rttMs,
      rttVarianceMs: found.rtt.varianceMs,
      unacknowledged: found.queue.unacknowledged,
      retransmissions: found.queue.retransmissions,
    };
  }

  #freeSlot(address: EnetAddress): { slot: Slot; options: EnetPeerOptions } | null {
    const index = this.#slots.findIndex((slot) => slot.peer === null);
    const slot = this.#slots[index];
    if (slot === undefined) return null;
    const emit = (event: EnetEvent) => void this.#events.push(event);
    return { slot, options: { slot: index, address, sessions: slot.sessions, emit } };
  }

  #finish(now: number): EnetOutput {
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots) {
      const { peer } = slot;
      if (peer === null) continue;
      peer.advance(now);
      for (const data of peer.flush(now)) this.#sends.push({ type: 'send', to: peer.address, data });
      if (peer.gone) slot.peer = null;
      else wakeAt = Math.min(wakeAt, peer.wakeAt);
    }
    const output = { events: [...this.#sends, ...this.#events], wakeAt };
    this.#sends = [];
    this.#events = [];
    return output;
  }
}
