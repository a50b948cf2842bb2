import { type EnetCommand, readCommand } from './command.ts';
import { CONNECTION_CHANNEL } from './constants.ts';
import { readHeader } from './datagram.ts';
import { Inbox } from './inbox.ts';
import type { EnetMode } from './types.ts';

export type ObservedSide = 'client' | 'host';

export interface ObservedMessage {
  from: ObservedSide;
  channel: number;
  mode: EnetMode;
  data: Buffer;
}

/**
 * After this many datagrams of a sender, a message that the other side acknowledged but the recording lacks counts as
 * missing and is no longer awaited. A reordered datagram is never that late.
 */
const PATIENCE_DATAGRAMS = 32;
const MAX_MISSING = 1024;

interface Missing {
  channel: number;
  seq: number;
  /** Count of the sender's datagrams at which to give up. */
  until: number;
}

interface Direction {
  inbox: Inbox;
  datagrams: number;
  missing: Missing[];
}

/**
 * Reads one ENet connection from outside, from a recording that may start and end anywhere and have holes. Gives each
 * message once, in delivery order per channel, through the same receiving half as EnetHost.
 */
export class EnetObserver {
  #messages: ObservedMessage[] = [];
  #connectId: Buffer | null = null;
  #client = this.#direction('client', false);
  #host = this.#direction('host', false);

  /** Takes one datagram of either side, in recorded order. */
  receive(datagram: Buffer, from: ObservedSide): ObservedMessage[] {
    const read = readHeader(datagram);
    if (read !== null) {
      const sender = from === 'client' ? this.#client : this.#host;
      sender.datagrams++;
      for (let next = read.next; next < datagram.length; ) {
        const command = readCommand(datagram, next);
        if (command === null) break;
        next = command.next;
        this.#handle(command.command, from);
      }
      this.#giveUp(from === 'client' ? this.#client : this.#host);
    }
    return this.#take();
  }

  /** The recording is over: gives what still waits for a missing message, in order. */
  flush(): ObservedMessage[] {
    this.#client.inbox.deliverAll();
    this.#host.inbox.deliverAll();
    return this.#take();
  }

  #handle(c: EnetCommand, from: ObservedSide): void {
    const [sender, receiver] = from === 'client' ? [this.#client, this.#host] : [this.#host, this.#client];
    switch (c.type) {
      case 'connect':
        this.#onConnect(c.connectId);
        break;
      case 'disconnect':
        sender.inbox.deliverAll();
        break;
      case 'acknowledge':
        this.#noteMissing(receiver, c.channel, c.receivedSeq);
        break;
      case 'sendReliable':
      case 'sendFragment':
      case 'sendUnreliable':
      case 'sendUnsequenced':
      case 'sendUnreliableFragment':
        // No room after a gap: the gap will not be filled any more.
        if (!sender.inbox.accept(c) && sender.inbox.channel(c.channel).holds) {
          sender.inbox.deliverAll();
          sender.inbox.accept(c);
        }
        break;
    }
  }

  /** A new connection on the same ports restarts all numbers; a repeated CONNECT does not. */
  #onConnect(connectId: Buffer): void {
    if (this.#connectId?.equals(connectId)) return;
    this.#connectId = connectId;
    this.#client.inbox.deliverAll();
    this.#host.inbox.deliverAll();
    this.#client = this.#direction('client', true);
    this.#host = this.#direction('host', true);
  }

  #noteMissing(sender: Direction, channel: number, seq: number): void {
    if (channel === CONNECTION_CHANNEL || sender.missing.length >= MAX_MISSING) return;
    if (sender.inbox.channel(channel).has(seq)) return;
    if (sender.missing.some((m) => m.channel === channel && m.seq === seq)) return;
    sender.missing.push({ channel, seq, until: sender.datagrams + PATIENCE_DATAGRAMS });
  }

  #giveUp(sender: Direction): void {
    while (sender.missing.length > 0 && sender.missing[0]!.until <= sender.datagrams) {
      const { channel, seq } = sender.missing.shift()!;
      sender.inbox.channel(channel).giveUp(seq);
    }
  }

  #direction(from: ObservedSide, fromStart: boolean): Direction {
    const deliver = (channel: number, mode: EnetMode, data: Buffer) => {
      this.#messages.push({ from, channel, mode, data });
    };
    return { inbox: new Inbox({ deliver, fromStart }), datagrams: 0, missing: [] };
  }

  #take(): ObservedMessage[] {
    const messages = this.#messages;
    this.#messages = [];
    return messages;
  }
}
