import type { Duplex } from 'node:stream';
import {
  type AudioConfiguration,
  decodeInput,
  decodeViewerMessage,
  encodeAcknowledgeEvery,
  encodeMediaFeedback,
  encodeMediaGeneral,
  encodeMediaHello,
  encodeMediaIdle,
  encodeMediaRoundTrip,
  type GeneralMessage,
  MEDIA_VERSION,
  MoonshareError,
  UNKNOWN_MEDIA_VERSION,
  type ViewerFeedback,
  type ViewerMessage,
} from '@moonshare/contract';
import { WakeTimer } from '@moonshare/sans-io';
import { WebSocket } from 'ws';
import { BudgetMeter, EXCEEDED } from '../viewer/budget-meter.ts';
import { FeedbackQueue } from '../viewer/feedback-queue.ts';
import type {
  NetworkStatistics,
  StreamFormat,
  TransportEvents,
  TransportOptions,
  TransportStatistics,
  ViewerSound,
  ViewerTransport,
} from '../viewer/transport.ts';
import { framed } from './framing.ts';
import type { GatheredWrites } from './gathered-writes.ts';
import { SendWindow, type WindowEvent } from './send-window.ts';
import type { SoundMessages } from './sound-messages.ts';
import type { VideoMessage } from './video-message.ts';

/** From the upgrade to the hello. */
const HELLO_MS = 5_000;
/** How long a browser may send nothing, not even a pong. It is checked once a second, so silence is noticed within 10 s. */
const SILENT_MS = 8_000;
/** After this long without another message an `idle` is sent, as pages cannot see pings. */
const IDLE_MS = 2_000;
/** How long a browser has to answer our close. */
const CLOSE_MS = 1_000;
/** Text messages are few; a viewer that does not read them gets no more. */
const MAX_BUFFERED = 64 * 1024;
/** Of what is unsent here, this much may be acknowledged: the kernel says only for all that it was given at once that it has it. */
const MAX_ACKNOWLEDGED_UNSENT = 8 * 1024 * 1024;
const IDLE = framed(encodeMediaIdle());

type State =
  | { name: 'greeting'; since: number }
  /** The browser has said what it wants. */
  | { name: 'live'; wantsSound: boolean; takesSurround: boolean }
  | { name: 'closed' };

export interface WebSocketTransportOptions extends TransportOptions {
  /** The format of the stream; null: not known yet. */
  format: () => StreamFormat | null;
  /** Shared by all transports of the engine. */
  writes: GatheredWrites;
}

/** One browser on a media socket (protocol/6). What is sent often is written to the connection directly, bypassing `ws`. */
export class WebSocketTransport implements ViewerTransport {
  readonly kind = 'websocket';
  /** It is closed instead: its browser answers pings by itself. */
  readonly isSilent = false;
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #events: TransportEvents;
  readonly #format: () => StreamFormat | null;
  readonly #writes: GatheredWrites;
  readonly #acceptsInput: () => boolean;
  readonly #meter: BudgetMeter;
  readonly #window = new SendWindow<VideoMessage>();
  readonly #windowTimer: WakeTimer<WindowEvent<VideoMessage>>;
  readonly #feedback = new FeedbackQueue();
  readonly #counters = { bytes_sent: 0, packets_sent: 0, frames_sent: 0, plis_received: 0 };
  #framesRefused = 0;
  #malformed = 0;
  #state: State;
  /** The sound configuration that it has been sent. */
  #configuration: AudioConfiguration | null = null;
  /** The last ConnectionStatusUpdate, unless it was `Ok`; sent once the browser listens. */
  #status: GeneralMessage | null = null;
  #isDropping = false;
  #heardAt: number;
  #sentAt: number;
  /** Of the ping that has not come back. */
  #pingedAt: number | null = null;
  #roundTripMs: number | null = null;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(
    socket: WebSocket,
    connection: Duplex,
    { acceptsInput, account, events, format, writes }: WebSocketTransportOptions,
  ) {
    const now = performance.now();
    this.#socket = socket;
    this.#connection = connection;
    this.#events = events;
    this.#format = format;
    this.#writes = writes;
    this.#acceptsInput = acceptsInput;
    this.#state = { name: 'greeting', since: now };
    this.#heardAt = now;
    this.#sentAt = now;
    this.#meter = new BudgetMeter(account, () => performance.now(), {
      flooded: () => {},
      exceeded: (what) => this.close(new MoonshareError('RATE_LIMITED', { message: EXCEEDED[what] })),
    });
    this.#windowTimer = new WakeTimer(
      (at) => this.#window.advance(at),
      (event) => this.#onWindow(event),
      (error) => this.#fail(error),
    );
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#try(() => this.#receive(data, isBinary)));
    socket.on('ping', (data: Buffer) => this.#try(() => this.#onPing(data)));
    socket.on('pong', () => this.#try(() => this.#onPong()));
    socket.on('error', (cause) => this.close(new MoonshareError('BAD_REQUEST', { cause })));
    socket.once('close', () => {
      clearTimeout(this.#closeTimer);
      this.close(null);
    });
    connection.on('drain', () => this.#try(() => this.#flushFeedback()));
    this.#write([framed(encodeMediaHello())]);
    this.#ping(now);
  }

  get sound(): ViewerSound | null {
    if (this.#state.name !== 'live' || !this.#state.wantsSound) return null;
    const isSurround = (this.#format()?.audio.channels ?? 2) > 2;
    return isSurround && !this.#state.takesSurround ? 'stereo mix' : 'unchanged';
  }

  /** Whether it can be sent this frame at all. When is up to the window, which asks for a key frame if the viewer is too slow. */
  sendVideo(message: VideoMessage): boolean {
    if (this.#state.name !== 'live') {
      this.#framesRefused += 1;
      return false;
    }
    this.#try(() => this.#windowTimer.take(this.#window.offer(message, performance.now())));
    return true;
  }

  sendAudio(messages: SoundMessages): void {
    if (this.sound !== null) this.#try(() => this.#sendAudio(messages));
  }

  #sendAudio(messages: SoundMessages): void {
    const isKnown = messages.configuration === this.#configuration;
    const bytes = isKnown ? messages.plain : messages.configured;
    if (!this.#window.takesSound(bytes.length, performance.now())) return;
    this.#configuration = messages.configuration;
    this.#write([bytes], messages.count);
  }

  sendFeedback(feedback: ViewerFeedback): void {
    this.#try(() => this.#feedback.send(feedback, this.#feedbackSink));
  }

  sendGeneral(message: GeneralMessage): void {
    this.#try(() => this.#sendGeneral(message));
  }

  #sendGeneral(message: GeneralMessage): void {
    if (typeof message === 'object' && 'ConnectionStatusUpdate' in message)
      this.#status = message.ConnectionStatusUpdate.status === 'Ok' ? null : message;
    if (this.#state.name !== 'live' || this.#connection.writableLength > MAX_BUFFERED) return;
    this.#write([framed(encodeMediaGeneral(message))]);
  }

  stats(): TransportStatistics {
    const { name } = this.#state;
    return {
      state: name === 'live' ? 'connected' : name === 'closed' ? 'closed' : 'negotiating',
      ...this.#counters,
      frames_dropped: this.#framesRefused + this.#window.framesDropped,
      nacks_received: 0,
      packets_resent: 0,
      malformed_messages: this.#malformed + this.#window.stray,
      round_trip_ms: this.#roundTripMs,
      fraction_lost: null,
      ...this.#network(),
    };
  }

  #network(): NetworkStatistics {
    const kbps = this.#window.networkKbps(performance.now());
    return {
      estimated_bitrate_kbps: kbps,
      estimate_source: kbps === null ? null : 'acknowledgements',
      estimate_is_minimum: false,
    };
  }

  /** Call once a second. `isLate`: this process was held up, so what has arrived may not have been read yet. */
  check(isLate: boolean): void {
    this.#try(() => this.#check(isLate));
  }

  #check(isLate: boolean): void {
    const now = performance.now();
    if (this.#state.name === 'closed') return;
    const isMute = this.#state.name === 'greeting' && now - this.#state.since > HELLO_MS;
    // It claims to have what has never left, so that more and more would be sent without ever being read.
    const isLying = this.#connection.writableLength > this.#window.underWayBytes + MAX_ACKNOWLEDGED_UNSENT;
    if (!isLate && (isMute || now - this.#heardAt > SILENT_MS)) this.close(new MoonshareError('VIEWER_SILENT'));
    else if (isLying) this.#misbehaved();
    else {
      this.#flushFeedback();
      if (this.#pingedAt === null) this.#ping(now);
      if (now - this.#sentAt >= IDLE_MS) this.#write([IDLE]);
    }
  }

  /** Calls `events.closed` before it returns. */
  close(error: MoonshareError | null): void {
    if (error === null) this.#end(1000, '', null);
    else this.#end(4000 + error.status, error.code, error);
  }

  #end(code: number, reason: string, error: MoonshareError | null): void {
    if (this.#state.name === 'closed') return;
    this.#state = { name: 'closed' };
    this.#windowTimer.stop();
    this.#socket.close(code, reason);
    if (this.#socket.readyState !== WebSocket.CLOSED)
      this.#closeTimer = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    this.#events.closed(error);
  }

  /** Whether what came is within the budget; charged before it is read. */
  #hear(bytes: number): boolean {
    this.#heardAt = performance.now();
    const isWithin = this.#meter.allows('messages') && this.#meter.allows('messageBytes', bytes);
    if (this.#state.name !== 'closed') return isWithin;
    // It is read for the answer to our close, but a flood must not cost more now than before.
    if (!isWithin) this.#socket.pause();
    return false;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    // Not charged: whoever inherits the account of a flooder must still be able to watch.
    if (this.#state.name === 'greeting') {
      this.#greet(isBinary ? decodeViewerMessage(data) : null);
      return;
    }
    if (!this.#hear(data.length)) {
      this.#loseInput();
      return;
    }
    this.#isDropping = false;
    const message = isBinary ? decodeViewerMessage(data) : null;
    if (message === null || message.kind === 'hello') this.#malformed += 1;
    else this.#take(message);
  }

  #loseInput(): void {
    if (this.#state.name === 'live' && !this.#isDropping) this.#events.inputLost();
    this.#isDropping = true;
  }

  #greet(message: ViewerMessage | null): void {
    if (message?.kind !== 'hello')
      this.close(new MoonshareError('BAD_REQUEST', { message: 'The browser did not begin with a hello' }));
    else if (message.version !== MEDIA_VERSION) {
      const text = `The browser speaks version ${message.version} of the media socket`;
      this.#end(UNKNOWN_MEDIA_VERSION, 'BAD_REQUEST', new MoonshareError('BAD_REQUEST', { message: text }));
    } else {
      const { wantsSound, takesSurround } = message;
      this.#state = { name: 'live', wantsSound, takesSurround };
      this.#heardAt = performance.now();
      if (this.#status !== null) this.sendGeneral(this.#status);
      this.#flushFeedback();
      this.#events.opened();
      this.#events.connected();
    }
  }

  #take(message: Exclude<ViewerMessage, { kind: 'hello' }>): void {
    switch (message.kind) {
      case 'acknowledgement':
        this.#windowTimer.take(this.#window.acknowledge(message, performance.now()));
        return;
      case 'keyFrameNeeded':
        this.#counters.plis_received += 1;
        this.#events.keyFrameNeeded();
        return;
      case 'input': {
        if (!this.#acceptsInput()) return;
        const input = decodeInput(message.channel, message.data);
        if (input === null) this.#malformed += 1;
        else this.#events.input(input);
      }
    }
  }

  #onWindow(event: WindowEvent<VideoMessage>): void {
    if (this.#state.name === 'closed') return;
    switch (event.type) {
      case 'send':
        this.#counters.frames_sent += 1;
        this.#write(event.frame.pieces(event));
        return;
      case 'keyFrameNeeded':
        if (event.isRepeated) this.#events.keyFrameNeeded();
        else this.#events.frameDropped();
        return;
      case 'acknowledgeEvery':
        this.#write([framed(encodeAcknowledgeEvery(event.ms))]);
        return;
      case 'misbehaved':
        this.#misbehaved();
    }
  }

  #misbehaved(): void {
    this.close(new MoonshareError('BAD_REQUEST', { message: 'The browser acknowledged what it was never sent' }));
  }

  #ping(now: number): void {
    this.#pingedAt = now;
    this.#socket.ping();
  }

  /** Answered here, within the budget. */
  #onPing(data: Buffer): void {
    if (this.#hear(data.length) && this.#connection.writableLength <= MAX_BUFFERED) this.#socket.pong(data);
  }

  #onPong(): void {
    if (!this.#hear(0) || this.#pingedAt === null) return;
    const now = performance.now();
    this.#roundTripMs = now - this.#pingedAt;
    this.#window.roundTrip(this.#roundTripMs, now);
    this.#pingedAt = null;
    // Not a message of the stream, so `idle` does not depend on it.
    if (this.#state.name === 'live') this.#put([framed(encodeMediaRoundTrip(this.#roundTripMs))], 1);
  }

  readonly #feedbackSink = {
    isOpen: () => this.#state.name === 'live',
    bufferedAmount: () => this.#connection.writableLength,
    send: (feedback: ViewerFeedback) => this.#write([framed(encodeMediaFeedback(feedback))]),
  };

  #flushFeedback(): void {
    this.#feedback.flush(this.#feedbackSink);
  }

  /** So many messages, in pieces, with their WebSocket frames. */
  #write(pieces: readonly Buffer[], messages = 1): void {
    this.#sentAt = performance.now();
    this.#put(pieces, messages);
  }

  #put(pieces: readonly Buffer[], messages: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#counters.packets_sent += messages;
    this.#writes.gather(this.#connection);
    for (const piece of pieces) {
      this.#counters.bytes_sent += piece.length;
      this.#connection.write(piece);
    }
  }

  /** One viewer's failure closes that viewer and nothing else. */
  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.close(MoonshareError.from(error));
  }
}
