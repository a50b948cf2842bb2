import {
  channelKind,
  decodeInput,
  type GeneralMessage,
  type ViewerFeedback,
  type ViewerInput,
} from '@moonshare/contract';
import type { DataChannel } from 'node-datachannel';
import type { BudgetMeter } from '../budget-meter.ts';
import { closeLater } from '../close-later.ts';
import { FeedbackQueue, send } from './feedback-queue.ts';

/** A browser of ours opens six at most, the older one two more and 16 pads. */
const MAX_CHANNELS = 32;
/** Text messages are few; a viewer that does not take them is not read at all. */
const MAX_GENERAL_BUFFERED = 64 * 1024;

export interface ChannelEvents {
  input(event: ViewerInput): void;
  /** Some of it is dropped from now on. */
  inputLost(): void;
  /** Something came from the browser, whatever it is. */
  received(): void;
  /** A throw in one of the callbacks here. */
  failed(error: unknown): void;
}

/**
 * The data channels of one viewer (protocol/4 §5): input in, feedback and text out. Older front ends fail on a message that they
 * do not expect, so only `general` says anything unasked, and `controllers` what the viewer's own pads feel.
 */
export class ViewerChannels {
  readonly #events: ChannelEvents;
  /**
   * By label. The handlers of a channel know its token alone: the library loses the end of one that closes in the moment when it
   * gets them, and then keeps what they hold for ever.
   */
  readonly #open = new Map<string, { channel: DataChannel; token: symbol }>();
  readonly #feedback = new FeedbackQueue();
  readonly #meter: BudgetMeter;
  /** Else it is a watcher: nothing it says is even decoded. */
  readonly #acceptsInput: boolean;
  #isLosing = false;
  /** Channels that the browser has opened so far. */
  #opened = 0;
  #general: DataChannel | null = null;
  /** The last ConnectionStatusUpdate, unless all is well. */
  #status: GeneralMessage | null = null;
  /** The channel was told that. */
  #isStatusSent = false;
  #malformed = 0;

  constructor(options: { events: ChannelEvents; meter: BudgetMeter; acceptsInput: boolean }) {
    this.#events = options.events;
    this.#meter = options.meter;
    this.#acceptsInput = options.acceptsInput;
  }

  /** Messages that no decoder accepts. */
  get malformed(): number {
    return this.#malformed;
  }

  /** The one channel that we create ourselves. */
  setGeneral(channel: DataChannel): void {
    this.#general?.close();
    this.#general = channel;
    channel.onClosed(() => {});
    this.#isStatusSent = false;
  }

  /** A channel that the browser created: open, or closed again before it was told. */
  add(channel: DataChannel): void {
    // The first cost nothing: whoever goes on with an account that a flooder has left can type all the same.
    this.#opened += 1;
    const isAllowed = this.#opened <= MAX_CHANNELS || this.#meter.allows('channels');
    if (!channel.isOpen()) return;
    const label = channel.getLabel();
    const token = Symbol(label);
    const isOpen = () => this.#open.get(label)?.token === token;
    channel.onClosed(
      this.#guard(() => {
        if (isOpen()) this.#open.delete(label);
      }),
    );
    if (!isAllowed || channelKind(label) === null || this.#open.has(label) || this.#open.size >= MAX_CHANNELS) {
      channel.close();
      return;
    }
    this.#open.set(label, { channel, token });
    channel.onMessage(
      this.#guard((message: string | Buffer | ArrayBuffer) => {
        if (isOpen()) this.#receive(label, message);
      }),
    );
    if (label === 'controllers') {
      channel.onBufferedAmountLow(this.#guard(() => this.#feedback.flush(this.#channel(label))));
      this.#feedback.flush(channel);
    }
  }

  sendFeedback(feedback: ViewerFeedback): void {
    this.#feedback.send(feedback, this.#channel('controllers'));
  }

  /** Once a second: an open handler on a channel that never opens would keep the process alive. */
  check(): void {
    const general = this.#general;
    if (general?.isOpen()) this.#sendStatus(general);
  }

  sendGeneral(message: GeneralMessage): void {
    const general = this.#general;
    const isOpen = general?.isOpen() ?? false;
    if (general !== null && isOpen) this.#sendStatus(general);
    if (typeof message === 'object' && 'ConnectionStatusUpdate' in message)
      this.#status = message.ConnectionStatusUpdate.status === 'Ok' ? null : message;
    if (general === null || !isOpen || general.bufferedAmount() > MAX_GENERAL_BUFFERED) return;
    send(general, JSON.stringify(message));
  }

  /** With the connection, which closes them; what they still say is not heard. */
  close(): void {
    closeLater([...this.#open.values()].map(({ channel }) => channel));
    if (this.#general !== null) closeLater([this.#general]);
    this.#general = null;
    this.#open.clear();
  }

  #channel(label: string): DataChannel | null {
    return this.#open.get(label)?.channel ?? null;
  }

  #sendStatus(general: DataChannel): void {
    if (this.#isStatusSent) return;
    this.#isStatusSent = true;
    if (this.#status !== null) send(general, JSON.stringify(this.#status));
  }

  #receive(label: string, message: string | Buffer | ArrayBuffer): void {
    this.#events.received();
    if (!this.#meter.allows('messages') || !this.#meter.allows('messageBytes', lengthOf(message))) {
      if (!this.#isLosing) this.#events.inputLost();
      this.#isLosing = true;
      return;
    }
    this.#isLosing = false;
    if (!this.#acceptsInput) return;
    const bytes = typeof message === 'string' ? null : new Uint8Array(message);
    const input = bytes === null ? null : decodeInput(label, bytes);
    if (input === null) this.#malformed += 1;
    else this.#events.input(input);
  }

  #guard<A extends unknown[]>(handler: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        handler(...args);
      } catch (error) {
        this.#events.failed(error);
      }
    };
  }
}

function lengthOf(message: string | Buffer | ArrayBuffer): number {
  return typeof message === 'string' ? message.length : message.byteLength;
}
