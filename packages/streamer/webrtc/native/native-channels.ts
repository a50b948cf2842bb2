import type { Peer, PeerChannelEvent } from '@moonshare/webrtc';
import type { Channel } from '../connection.ts';

type Life =
  /** The connection has not started. */
  { phase: 'new' } | { phase: 'opening' | 'open'; peer: Peer; number: number } | { phase: 'closed' };

/** A data channel of `@moonshare/webrtc`. */
class NativeChannel implements Channel {
  readonly label: string;
  life: Life = { phase: 'new' };
  receive: (message: string | Buffer) => void = () => {};
  closed: () => void = () => {};
  drained: () => void = () => {};

  constructor(label: string) {
    this.label = label;
  }

  getLabel(): string {
    return this.label;
  }

  isOpen(): boolean {
    return this.life.phase === 'open';
  }

  bufferedAmount(): number {
    return 'peer' in this.life ? this.life.peer.bufferedAmount(this.life.number) : 0;
  }

  sendMessage(text: string): boolean {
    return this.#send(text);
  }

  sendMessageBinary(data: Uint8Array): boolean {
    return this.#send(data);
  }

  close(): void {
    if ('peer' in this.life) this.life.peer.closeChannel(this.life.number);
    else this.life = { phase: 'closed' };
  }

  onMessage(receive: (message: string | Buffer) => void): void {
    this.receive = receive;
  }

  onClosed(closed: () => void): void {
    this.closed = closed;
  }

  onBufferedAmountLow(drained: () => void): void {
    this.drained = drained;
  }

  #send(data: string | Uint8Array): boolean {
    return 'peer' in this.life && this.life.peer.sendMessage(this.life.number, data);
  }
}

/** The data channels of one connection. Those that are created before it starts open with it. */
export class NativeChannels {
  readonly #opened: (channel: Channel) => void;
  readonly #waiting: NativeChannel[] = [];
  readonly #byNumber = new Map<number, NativeChannel>();
  #peer: Peer | null = null;

  /** `opened`: one that the browser has made. */
  constructor(opened: (channel: Channel) => void) {
    this.#opened = opened;
  }

  create(label: string): Channel {
    const channel = new NativeChannel(label);
    if (this.#peer === null) this.#waiting.push(channel);
    else this.#open(channel, this.#peer);
    return channel;
  }

  start(peer: Peer): void {
    this.#peer = peer;
    for (const channel of this.#waiting.splice(0)) this.#open(channel, peer);
  }

  receive(event: PeerChannelEvent): void {
    const channel = this.#byNumber.get(event.channel);
    switch (event.type) {
      case 'opened':
        if (event.by === 'them') this.#add(event.channel, event.label);
        else if (channel?.life.phase === 'opening') channel.life = { ...channel.life, phase: 'open' };
        break;
      case 'message': {
        const { data } = event;
        channel?.receive(typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.length));
        break;
      }
      case 'drained':
        channel?.drained();
        break;
      case 'closed':
        this.#byNumber.delete(event.channel);
        if (channel === undefined) break;
        channel.life = { phase: 'closed' };
        channel.closed();
        break;
    }
  }

  /** The connection is over, and none of them is told so. */
  close(): void {
    for (const channel of [...this.#byNumber.values(), ...this.#waiting]) channel.life = { phase: 'closed' };
    this.#byNumber.clear();
    this.#waiting.length = 0;
  }

  #add(number: number, label: string): void {
    const channel = new NativeChannel(label);
    channel.life = { phase: 'open', peer: this.#peer!, number };
    this.#byNumber.set(number, channel);
    this.#opened(channel);
  }

  #open(channel: NativeChannel, peer: Peer): void {
    if (channel.life.phase !== 'new') return;
    const number = peer.createChannel(channel.label);
    channel.life = number === null ? { phase: 'closed' } : { phase: 'opening', peer, number };
    if (number !== null) this.#byNumber.set(number, channel);
  }
}
