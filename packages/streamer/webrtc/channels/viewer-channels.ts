import {
  channelKind,
  decodeInput,
  encodeFeedback,
  type GeneralMessage,
  type ViewerFeedback,
  type ViewerInput,
} from '@moonshare/contract';
import type { BudgetMeter } from '../../viewer/budget-meter.ts';
import { FeedbackQueue, type FeedbackSink } from '../../viewer/feedback-queue.ts';
import type { Channel } from '../connection.ts';
import { closeLater } from '../datachannel/close-later.ts';

/** Our page opens at most six, the older front end two more and 16 for gamepads. */
const MAX_CHANNELS = 32;
/** Text messages are few; a viewer that does not read them gets no more. */
const MAX_GENERAL_BUFFERED = 64 * 1024;

export interface ChannelEvents {
  input(event: ViewerInput): void;
  /** Input is dropped from now on. */
  inputLost(): void;
  /** The browser sent something. */
  received(): void;
  /** One of the callbacks here threw. */
  failed(error: unknown): void;
}

/**
 * The data channels of one viewer (protocol/4 §5): input in, feedback and text out. Older front ends fail on unexpected
 * messages, so only `general` is sent anything unasked, and `controllers` only rumble for the viewer's own pads.
 */
export class ViewerChannels {
  readonly #events: ChannelEvents;
  /**
   * By label. A channel's handlers know only its token: if a channel closes just as it gets them, the library misses the end
   * and keeps whatever they reference for ever.
   */
  readonly #open = new Map<string, { channel: Channel; token: symbol }>();
  readonly #feedback = new FeedbackQueue();
  readonly #meter: BudgetMeter;
  /** False for a watcher: nothing from it is decoded. */
  readonly #acceptsInput: () => boolean;
  #isDropping = false;
  /** Channels the browser has opened so far. */
  #opened = 0;
  #general: Channel | null = null;
  /** The last ConnectionStatusUpdate, unless it was `Ok`. */
  #status: GeneralMessage | null = null;
  /** The status has been sent on this channel. */
  #isStatusSent = false;
  #malformed = 0;

  constructor(options: { events: ChannelEvents; meter: BudgetMeter; acceptsInput: () => boolean }) {
    this.#events = options.events;
    this.#meter = options.meter;
    this.#acceptsInput = options.acceptsInput;
  }

  /** Messages that no decoder accepts. */
  get malformed(): number {
    return this.#malformed;
  }

  /** The only channel that we create. */
  setGeneral(channel: Channel): void {
    this.#general?.close();
    this.#general = channel;
    channel.onClosed(() => {});
    this.#isStatusSent = false;
  }

  /** A channel the browser created: open, or closed again before we heard of it. */
  add(channel: Channel): void {
    // The first ones are free: a viewer that inherits the account of a flooder must still be able to type.
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
      channel.onBufferedAmountLow(this.#guard(() => this.#feedback.flush(this.#feedbackSink())));
      this.#feedback.flush(this.#feedbackSink());
    }
  }

  sendFeedback(feedback: ViewerFeedback): void {
    this.#feedback.send(feedback, this.#feedbackSink());
  }

  /** Once a second: an onOpen handler on a channel that never opens would keep the process alive. */
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

  /** Closes them along with the connection; further messages are ignored. */
  close(): void {
    closeLater([...this.#open.values()].map(({ channel }) => channel));
    if (this.#general !== null) closeLater([this.#general]);
    this.#general = null;
    this.#open.clear();
  }

  #feedbackSink(): FeedbackSink | null {
    const channel = this.#open.get('controllers')?.channel;
    if (channel === undefined) return null;
    return {
      isOpen: () => channel.isOpen(),
      bufferedAmount: () => channel.bufferedAmount(),
      send: (feedback) => send(channel, encodeFeedback(feedback)),
    };
  }

  #sendStatus(general: Channel): void {
    if (this.#isStatusSent) return;
    this.#isStatusSent = true;
    if (this.#status !== null) send(general, JSON.stringify(this.#status));
  }

  #receive(label: string, message: string | Buffer | ArrayBuffer): void {
    this.#events.received();
    if (!this.#meter.allows('messages') || !this.#meter.allows('messageBytes', lengthOf(message))) {
      if (!this.#isDropping) this.#events.inputLost();
      this.#isDropping = true;
      return;
    }
    this.#isDropping = false;
    if (!this.#acceptsInput()) return;
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

/** Sends. The library throws if the connection breaks at this moment; the break is reported elsewhere. */
function send(channel: Channel, message: string | Uint8Array): void {
  try {
    if (typeof message === 'string') channel.sendMessage(message);
    else channel.sendMessageBinary(message);
  } catch {}
}

function lengthOf(message: string | Buffer | ArrayBuffer): number {
  return typeof message === 'string' ? message.length : message.byteLength;
}
