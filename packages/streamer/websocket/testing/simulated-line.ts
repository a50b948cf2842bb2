import { SendWindow, type WindowEvent, type WindowFrame } from '../send-window.ts';

export interface LineOptions {
  /** What the line carries, bytes per ms, at each time. */
  bytesPerMs: (now: number) => number;
  /** One way, ms. */
  delayMs: number;
  stream: { fps: number; keyBytes: number; frameBytes: number };
  /** From a request to the key frame, ms. */
  hostMs?: number;
  /** Key frames that somebody else asks for, every so many ms. */
  othersEveryMs?: number;
  /** It acknowledges every 50 ms, whatever it is told. */
  isOldBrowser?: boolean;
  /** Whether the host answers requests at this time. */
  answers?: (now: number) => boolean;
}

export interface SimulatedFrame extends WindowFrame {
  isKey: boolean;
  madeAt: number;
}

export interface Delivered {
  at: number;
  /** From the stream to the browser, ms. */
  delay: number;
  frame: SimulatedFrame;
  isAfterGap: boolean;
}

const STEP_MS = 1;
/** Until the browser is told otherwise. */
const ACKNOWLEDGE_MS = 50;
const SOUND_MS = 10;
const SOUND_BYTES = 160;
const PING_MS = 1_000;
const SMALL = 10;

type Message =
  | { kind: 'frame'; bytes: number; frame: SimulatedFrame; isAfterGap: boolean }
  | { kind: 'sound'; bytes: number; at: number }
  | { kind: 'ping'; bytes: number; at: number }
  | { kind: 'acknowledgeEvery'; bytes: number; ms: number };

/** A window, a line that carries one message after the other, and a browser that acknowledges as protocol/6 says; on virtual time. */
export class SimulatedLine {
  readonly window = new SendWindow<SimulatedFrame>();
  readonly delivered: Delivered[] = [];
  /** How late sound was, ms. */
  readonly soundDelays: number[] = [];
  readonly neededAt: number[] = [];
  mostUnderWay = 0;
  soundRefused = 0;
  acknowledgements = 0;
  now = 0;
  readonly #options: LineOptions;
  #queue: Message[] = [];
  #carried = 0;
  #arriving: { at: number; message: Message }[] = [];
  #returning: { at: number; arrive: () => void }[] = [];
  #received: SimulatedFrame | null = null;
  #isNew = false;
  #everyMs = ACKNOWLEDGE_MS;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;
  #wakeAt = Number.POSITIVE_INFINITY;
  #frames = 0;
  #nextFrameAt = 0;
  #keyAt = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#queue.push({ kind: 'ping', bytes: SMALL, at: 0 });
  }

  run(until: number): this {
    for (; this.now < until; this.now += STEP_MS) this.#step();
    return this;
  }

  #step(): void {
    const { now } = this;
    this.#carry();
    for (const { message } of this.#due(this.#arriving)) this.#arrive(message);
    this.#acknowledge();
    for (const { arrive } of this.#due(this.#returning)) arrive();
    if (now >= this.#wakeAt) this.#take(this.window.advance(now));
    if (now % SOUND_MS === 0) this.#sound();
    if (now % PING_MS === 0) this.#queue.push({ kind: 'ping', bytes: SMALL, at: now });
    if (now >= this.#nextFrameAt) this.#frame();
    this.mostUnderWay = Math.max(this.mostUnderWay, this.window.underWayBytes);
  }

  #frame(): void {
    const { stream, othersEveryMs } = this.#options;
    this.#nextFrameAt += 1_000 / stream.fps;
    const isOthers = othersEveryMs !== undefined && this.now % othersEveryMs < 1_000 / stream.fps;
    const isKey = this.now >= this.#keyAt || isOthers;
    if (isKey) this.#keyAt = Number.POSITIVE_INFINITY;
    const bytes = isKey ? stream.keyBytes : stream.frameBytes;
    this.#take(this.window.offer({ number: this.#frames, bytes, isKey, madeAt: this.now }, this.now));
    this.#frames += 1;
  }

  #sound(): void {
    if (this.window.takesSound(SOUND_BYTES, this.now))
      this.#queue.push({ kind: 'sound', bytes: SOUND_BYTES, at: this.now });
    else this.soundRefused += 1;
  }

  #take({ events, wakeAt }: { events: WindowEvent<SimulatedFrame>[]; wakeAt: number }): void {
    this.#wakeAt = wakeAt;
    for (const event of events) {
      if (event.type === 'send')
        this.#queue.push({ kind: 'frame', bytes: event.frame.bytes, frame: event.frame, isAfterGap: event.isAfterGap });
      if (event.type === 'keyFrameNeeded') this.#need();
      if (event.type === 'acknowledgeEvery') this.#pace(event.ms);
    }
  }

  #pace(ms: number): void {
    if (this.#options.isOldBrowser !== true) this.#queue.push({ kind: 'acknowledgeEvery', bytes: SMALL, ms });
  }

  #need(): void {
    this.neededAt.push(this.now);
    const { hostMs = 30, answers = () => true } = this.#options;
    if (answers(this.now)) this.#keyAt = Math.min(this.#keyAt, this.now + hostMs);
  }

  #carry(): void {
    let room = this.#options.bytesPerMs(this.now) * STEP_MS;
    for (let [next] = this.#queue; next !== undefined && room > 0; [next] = this.#queue) {
      const bytes = Math.min(room, next.bytes - this.#carried);
      room -= bytes;
      this.#carried += bytes;
      if (this.#carried < next.bytes) return;
      this.#queue.shift();
      this.#carried = 0;
      this.#arriving.push({ at: this.now + this.#options.delayMs, message: next });
    }
  }

  #arrive(message: Message): void {
    const { now } = this;
    if (message.kind === 'sound') this.soundDelays.push(now - message.at);
    else if (message.kind === 'acknowledgeEvery') this.#everyMs = message.ms;
    else if (message.kind === 'ping') this.#return(() => this.window.roundTrip(this.now - message.at, this.now));
    else {
      const { frame, isAfterGap } = message;
      this.delivered.push({ at: now, delay: now - frame.madeAt, frame, isAfterGap });
      this.#received = frame;
      this.#isNew = true;
    }
  }

  #acknowledge(): void {
    if (!this.#isNew || this.now < this.#acknowledgedAt + this.#everyMs) return;
    const received = this.#received!.number;
    const acknowledgement = { received, shown: received, queued: 0 };
    this.#isNew = false;
    this.acknowledgements += 1;
    this.#acknowledgedAt = this.now;
    this.#return(() => this.#take(this.window.acknowledge(acknowledgement, this.now)));
  }

  #return(arrive: () => void): void {
    this.#returning.push({ at: this.now + this.#options.delayMs, arrive });
  }

  #due<T extends { at: number }>(list: T[]): T[] {
    const count = list.findIndex(({ at }) => at > this.now);
    return list.splice(0, count < 0 ? list.length : count);
  }
}
