import type { EnetCommand } from './command.ts';
import { HeldBudget } from './held-budget.ts';
import { ReceiveChannel } from './receive-channel.ts';
import type { EnetMode } from './types.ts';
import { UnsequencedWindow } from './unsequenced.ts';

type DataType = 'sendReliable' | 'sendFragment' | 'sendUnreliable' | 'sendUnsequenced' | 'sendUnreliableFragment';
export type DataCommand = Extract<EnetCommand, { type: DataType }>;

export type DeliverMessage = (channel: number, mode: EnetMode, data: Buffer) => void;

/** The receiving half of a connection: all channels of one direction. Shared by EnetHost and EnetObserver. */
export class Inbox {
  readonly #deliver: DeliverMessage;
  readonly #fromStart: boolean;
  readonly #budget = new HeldBudget();
  readonly #channels = new Map<number, ReceiveChannel>();
  readonly #unsequenced: UnsequencedWindow;

  /** `fromStart` false: the first numbers seen count as the start, for a recording that begins in the middle. */
  constructor(options: { deliver: DeliverMessage; fromStart: boolean }) {
    this.#deliver = options.deliver;
    this.#fromStart = options.fromStart;
    this.#unsequenced = new UnsequencedWindow(options.fromStart ? 0 : null);
  }

  /** False if the command is invalid or must be refused: no ACK, and the rest of the datagram is ignored. */
  accept(c: DataCommand): boolean {
    switch (c.type) {
      case 'sendReliable':
        return this.channel(c.channel).reliable(c.reliableSeq, c.data);
      case 'sendFragment':
        return this.channel(c.channel).fragment(c);
      case 'sendUnreliable':
        return this.channel(c.channel).unreliable(c.reliableSeq, c.unreliableSeq, c.data);
      case 'sendUnsequenced':
        if (this.#unsequenced.accept(c.group)) this.#deliver(c.channel, 'unsequenced', c.data);
        return true;
      case 'sendUnreliableFragment':
        return true; // GameStream does not use it, protocol/2 §1.11
    }
  }

  channel(number: number): ReceiveChannel {
    let found = this.#channels.get(number);
    if (found === undefined) {
      found = new ReceiveChannel({
        deliver: (mode, data) => this.#deliver(number, mode, data),
        budget: this.#budget,
        last: this.#fromStart ? 0 : null,
      });
      this.#channels.set(number, found);
    }
    return found;
  }

  /** The connection ends: delivers every complete message held, in order per channel. */
  deliverAll(): void {
    for (const channel of this.#channels.values()) channel.deliverAll();
  }
}
