import assert from 'node:assert/strict';
import type { SctpAssociation } from '../sctp/association.ts';
import type { Delivery, SctpEvent, SctpOutput } from '../sctp/types.ts';
import { type ChannelProperties, encodeDcepAck, encodeDcepOpen, PPID, readDcep } from './message.ts';
import type { ChannelEvent, ChannelOutput } from './types.ts';

type Channel =
  /** We sent OPEN. */
  | { state: 'opening'; properties: ChannelProperties }
  | { state: 'open'; properties: ChannelProperties }
  /** Closed for everyone who uses it. Its number is free once both directions have been reset. */
  | { state: 'closing'; resetByUs: boolean; resetByThem: boolean };

/** More than any page of ours opens. */
const MAX_CHANNELS = 64;
/**
 * Ours are numbered from here: peers that create channels before their role is known take the lowest numbers of the wrong parity (werift,
 * where it has offered), which must not meet ours. Every browser takes more streams than that.
 */
const FIRST_NUMBER = 64;
const ORDERED: Delivery = { ordered: true };

export interface DataChannelOptions {
  association: SctpAssociation;
  /** In DTLS: the client's channels have even numbers, the server's odd ones (RFC 8832 §6). */
  dtlsRole: 'client' | 'server';
  /** Channels at a time, ours and theirs, closing ones included; the peer's are closed beyond that. 64 by default. */
  maxChannels?: number;
}

/**
 * Data channels (RFC 8831, RFC 8832) over one association, which belongs to them from then on: packets and time go in here. A channel
 * may be created before the association is connected.
 */
export class SctpDataChannels {
  readonly #association: SctpAssociation;
  readonly #parity: 0 | 1;
  readonly #maxChannels: number;
  readonly #channels = new Map<number, Channel>();
  #dropped = 0;

  constructor(options: DataChannelOptions) {
    this.#association = options.association;
    this.#parity = options.dtlsRole === 'client' ? 0 : 1;
    this.#maxChannels = options.maxChannels ?? MAX_CHANNELS;
  }

  /** Messages that belong to no channel or make no sense. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Channels that are open or being opened. */
  get size(): number {
    return [...this.#channels.values()].filter(({ state }) => state !== 'closing').length;
  }

  /** DTLS is connected. */
  start(now: number): ChannelOutput {
    return this.#translate(this.#association.start(now), now);
  }

  receive(packet: Uint8Array, now: number): ChannelOutput {
    return this.#translate(this.#association.receive(packet, now), now);
  }

  advance(now: number): ChannelOutput {
    return this.#translate(this.#association.advance(now), now);
  }

  /** Ends the association at once, and all channels with it. */
  end(now: number): ChannelOutput {
    return this.#translate(this.#association.close(now), now);
  }

  /**
   * Opens a channel. Messages may be sent at once; `opened` follows when the peer has accepted it. Null: there are too many, or the
   * association has ended. Throws a RangeError if label or protocol are longer than 1024 bytes.
   */
  create(
    options: Partial<ChannelProperties> & { label: string },
    now: number,
  ): ChannelOutput & { channel: number | null } {
    const properties = { protocol: '', ordered: true, ...options };
    const open = encodeDcepOpen(properties);
    const channel = this.#freeNumber();
    if (channel === null) return { ...this.advance(now), channel: null };
    const output = this.#association.send(channel, PPID.dcep, open, ORDERED, now);
    if (output.accepted) this.#channels.set(channel, { state: 'opening', properties });
    return { ...this.#translate(output, now), channel: output.accepted ? channel : null };
  }

  /** Queues a message. Not accepted: the channel is not open, too much waits already, or the message is too long. */
  send(channel: number, data: string | Uint8Array, now: number): ChannelOutput & { accepted: boolean } {
    const entry = this.#channels.get(channel);
    if (entry === undefined || entry.state === 'closing') return { ...this.advance(now), accepted: false };
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    const output =
      bytes.length > 0
        ? this.#association.send(
            channel,
            typeof data === 'string' ? PPID.text : PPID.binary,
            bytes,
            delivery(entry),
            now,
          )
        : this.#sendEmpty(channel, typeof data === 'string' ? PPID.emptyText : PPID.emptyBinary, entry, now);
    return { ...this.#translate(output, now), accepted: output.accepted };
  }

  /** Bytes of the channel's messages that have not been sent yet. */
  bufferedAmount(channel: number): number {
    return this.#association.bufferedAmount(channel);
  }

  /** Closes a channel after what is queued on it. `closed` comes at once: nothing that the peer still sends is reported. */
  close(channel: number, now: number): ChannelOutput {
    const entry = this.#channels.get(channel);
    if (entry === undefined || entry.state === 'closing') return this.advance(now);
    const events = this.#beginClosing(channel, false);
    const output = this.#translate(this.#association.resetStreams([channel], now), now);
    return { ...output, events: [...events, ...output.events] };
  }

  /** SCTP has no empty messages: one byte of another kind stands for one. */
  #sendEmpty(channel: number, ppid: number, entry: Exclude<Channel, { state: 'closing' }>, now: number) {
    return this.#association.send(channel, ppid, Buffer.alloc(1), delivery(entry), now);
  }

  #freeNumber(): number | null {
    if (this.#channels.size >= this.#maxChannels) return null;
    const { streams } = this.#association;
    const first = FIRST_NUMBER < streams ? FIRST_NUMBER : 0;
    for (let channel = first + this.#parity; channel < streams; channel += 2) {
      if (!this.#channels.has(channel)) return channel;
    }
    for (let channel: number = this.#parity; channel < first; channel += 2) {
      if (!this.#channels.has(channel)) return channel;
    }
    return null;
  }

  /** What the association did, as seen by the users of channels; what it needs in answer is done. */
  #translate(output: SctpOutput, now: number): ChannelOutput {
    const events: ChannelEvent[] = [];
    let { wakeAt } = output;
    const queue = [...output.events];
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      const answer = this.#handle(event, events, now);
      if (answer === null) continue;
      queue.push(...answer.events);
      wakeAt = answer.wakeAt;
    }
    return { events, wakeAt };
  }

  #handle(event: SctpEvent, events: ChannelEvent[], now: number): SctpOutput | null {
    switch (event.type) {
      case 'send':
      case 'connected':
        events.push(event);
        return this.#resetEarly(event.type, now);
      case 'message':
        return this.#receive(event, events, now);
      case 'drained':
        if (this.#isUsable(event.stream)) events.push({ type: 'drained', channel: event.stream });
        return null;
      case 'streamsReset':
        return event.by === 'us' ? this.#wereReset(event.streams) : this.#resetByThem(event.streams, events, now);
      case 'closed':
        for (const channel of [...this.#channels.keys()]) {
          if (this.#isUsable(channel)) events.push({ type: 'closed', channel });
        }
        this.#channels.clear();
        events.push({ type: 'ended', reason: event.reason, detail: event.detail });
        return null;
    }
  }

  #isUsable(channel: number): boolean {
    const entry = this.#channels.get(channel);
    return entry !== undefined && entry.state !== 'closing';
  }

  /** Channels that were closed before the association was connected. */
  #resetEarly(event: 'send' | 'connected', now: number): SctpOutput | null {
    if (event === 'send') return null;
    const closing = [...this.#channels].filter(([, { state }]) => state === 'closing').map(([channel]) => channel);
    return closing.length === 0 ? null : this.#association.resetStreams(closing, now);
  }

  #receive(event: SctpEvent & { type: 'message' }, events: ChannelEvent[], now: number): SctpOutput | null {
    const { stream: channel, ppid, data } = event;
    if (ppid === PPID.dcep) return this.#receiveDcep(channel, data, events, now);
    const entry = this.#channels.get(channel);
    const content = contentOf(ppid, data);
    if (entry?.state === 'closing') return null;
    if (entry === undefined || content === null) this.#dropped += 1;
    else events.push({ type: 'message', channel, data: content });
    return null;
  }

  #receiveDcep(channel: number, data: Uint8Array, events: ChannelEvent[], now: number): SctpOutput | null {
    const message = readDcep(data);
    const entry = this.#channels.get(channel);
    if (message?.type === 'ack' && entry?.state === 'opening') {
      this.#channels.set(channel, { state: 'open', properties: entry.properties });
      events.push({ type: 'opened', channel, by: 'us', ...entry.properties });
      return null;
    }
    if (message?.type !== 'open') {
      if (entry?.state !== 'closing') this.#dropped += 1;
      return null;
    }
    // Of any parity: browsers use the wrong one for a channel made before their role was known.
    if (entry === undefined && this.#channels.size < this.#maxChannels) {
      this.#channels.set(channel, { state: 'open', properties: message.properties });
      events.push({ type: 'opened', channel, by: 'them', ...message.properties });
      return this.#association.send(channel, PPID.dcep, encodeDcepAck(), ORDERED, now);
    }
    this.#dropped += 1;
    // Both sides took the same number, or there are too many: RFC 8832 §6 closes the channel.
    if (entry !== undefined && entry.state !== 'closing') events.push(...this.#beginClosing(channel, false));
    return this.#association.resetStreams([channel], now);
  }

  #beginClosing(channel: number, resetByThem: boolean): ChannelEvent[] {
    assert.ok(this.#isUsable(channel), 'a channel is closed twice');
    this.#channels.set(channel, { state: 'closing', resetByUs: false, resetByThem });
    return [{ type: 'closed', channel }];
  }

  #wereReset(channels: readonly number[]): null {
    for (const channel of channels) {
      const entry = this.#channels.get(channel);
      if (entry?.state !== 'closing') continue;
      entry.resetByUs = true;
      if (entry.resetByThem) this.#channels.delete(channel);
    }
    return null;
  }

  #resetByThem(channels: readonly number[], events: ChannelEvent[], now: number): SctpOutput | null {
    const toReset: number[] = [];
    for (const channel of channels) {
      const entry = this.#channels.get(channel);
      if (entry === undefined) continue;
      if (entry.state === 'closing') {
        entry.resetByThem = true;
        if (entry.resetByUs) this.#channels.delete(channel);
        continue;
      }
      events.push(...this.#beginClosing(channel, true));
      toReset.push(channel);
    }
    return toReset.length === 0 ? null : this.#association.resetStreams(toReset, now);
  }
}

/** Until the peer has accepted a channel, only order keeps messages behind OPEN (RFC 8832 §6). */
function delivery({ state, properties }: Exclude<Channel, { state: 'closing' }>): Delivery {
  const { ordered, maxRetransmits, maxLifetimeMs } = properties;
  return { ordered: ordered || state === 'opening', maxRetransmits, maxLifetimeMs };
}

function contentOf(ppid: number, data: Uint8Array): string | Uint8Array | null {
  switch (ppid) {
    case PPID.text:
      return Buffer.from(data.buffer, data.byteOffset, data.length).toString();
    case PPID.binary:
      return data;
    case PPID.emptyText:
      return '';
    case PPID.emptyBinary:
      return new Uint8Array(0);
    default:
      return null;
  }
}
