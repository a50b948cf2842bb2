import { BitrateMeter } from '../../statistics/bitrate-meter.ts';
import { type RungEvent, type RungReport, ViewerRung } from '../rung.ts';

const FRAME_MS = 1_000 / 60;
const MEASURE_MS = 500;
/** What a WebSocket may have under way, or two of its key frames. */
const WINDOW_BYTES = 256 * 1024;
/** How long the queue of a router is. */
const QUEUE_MS = 300;
/** A WebSocket whose line was not the limit for so long says nothing of it. */
const LIMITED_MS = 5_000;
/** No browser estimates less. */
const LEAST_KBPS = 30;
/** A browser repeats its request for a key frame. */
const PLI_MS = 200;
/** From a request to the host to its key frame. */
const HOST_MS = 50;
/** Between two requests for a key frame, whoever needs it. */
const REQUEST_MS = 350;

export interface SlowLineOptions {
  kind: 'webrtc' | 'websocket';
  /** Without the key frames that were asked for. */
  streamKbps: number;
  /** A key frame is so many times as large as another. */
  keyFrameFactor: number;
  /** What the line carries at this time, kbit/s. */
  lineKbps: (now: number) => number;
  /** Each estimate is off by this much at most; `random` gives 0 to 1. */
  noise?: number;
  random?: () => number;
}

/** One viewer behind a line, on virtual time: what it is sent, what arrives, and what its transport makes of that. */
export class SlowLine {
  readonly rung = new ViewerRung();
  readonly told: { at: number; report: RungReport }[] = [];
  /** Key frames that came, and those that went to the viewer. */
  readonly keyFrames: { at: number; isSent: boolean; rung: string }[] = [];
  now = 0;
  largestDelayMs = 0;
  readonly #options: SlowLineOptions;
  readonly #stream = new BitrateMeter();
  #streamBytes = 0;
  /** On its way, in order; `isWhole`: not cut by a router. */
  #queue: { bytes: number; isKeyFrame: boolean; isWhole: boolean; sentAt: number }[] = [];
  #queuedBytes = 0;
  #arrived = 0;
  /** How long the line was busy since the last measurement. */
  #busyMs = 0;
  /** What the viewer has decoded so far can be continued. */
  #isIntact = false;
  #estimate: number | null = null;
  #needsKeyFrame = true;
  #keyFrameAt = 0;
  #requestedAt = Number.NEGATIVE_INFINITY;
  #pliAt = Number.NEGATIVE_INFINITY;
  #measuredAt = 0;
  #limitedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SlowLineOptions) {
    this.#options = options;
  }

  /** How often it was told something else than before, of those two. */
  get changes(): number {
    const rungs = this.told.map(({ report }) => report.rung).filter((rung) => rung !== 'catchingUp');
    return rungs.filter((rung, index) => rung !== (rungs[index - 1] ?? 'full')).length;
  }

  runUntil(end: number): void {
    for (; this.now < end; this.now += FRAME_MS) {
      this.#deliver();
      this.#frame();
      if (this.now - this.#measuredAt >= MEASURE_MS) this.#measure();
      this.#take(this.rung.advance(this.now).events);
      if (this.rung.keyFrameDueAt <= this.now) this.#request();
    }
  }

  #frame(): void {
    const isKeyFrame = this.#needsKeyFrame && this.now >= this.#keyFrameAt;
    const bytes = this.#frameBytes(isKeyFrame);
    this.#streamBytes += bytes;
    if (isKeyFrame) this.#needsKeyFrame = false;
    const isDue = this.rung.takes({ keyFrame: isKeyFrame, bytes }, this.now);
    if (isKeyFrame) this.keyFrames.push({ at: this.now, isSent: isDue, rung: this.rung.current });
    if (isDue && !this.#send(bytes, isKeyFrame)) this.rung.dropped(this.now);
  }

  #frameBytes(isKeyFrame: boolean): number {
    const { streamKbps, keyFrameFactor } = this.#options;
    return ((streamKbps * FRAME_MS) / 8) * (isKeyFrame ? keyFrameFactor : 1);
  }

  /** False: the window is full. */
  #send(bytes: number, isKeyFrame: boolean): boolean {
    const { kind, lineKbps } = this.#options;
    const window = Math.max(WINDOW_BYTES, 2 * this.#frameBytes(true));
    if (kind === 'websocket' && this.#queuedBytes + bytes > window) return false;
    const most = kind === 'websocket' ? Number.POSITIVE_INFINITY : (lineKbps(this.now) * QUEUE_MS) / 8;
    const taken = Math.min(bytes, Math.max(0, most - this.#queuedBytes));
    this.#queue.push({ bytes: taken, isKeyFrame, isWhole: taken === bytes, sentAt: this.now });
    this.#queuedBytes += taken;
    return true;
  }

  #deliver(): void {
    let room = (this.#options.lineKbps(this.now) * FRAME_MS) / 8;
    const whole = room;
    while (this.#queue.length > 0) {
      const head = this.#queue[0]!;
      const carried = Math.min(room, head.bytes);
      head.bytes -= carried;
      room -= carried;
      this.#queuedBytes -= carried;
      this.#arrived += carried;
      if (head.bytes > 0) break;
      this.#queue.shift();
      this.#decode(head);
    }
    if (whole > 0) this.#busyMs += FRAME_MS * (1 - room / whole);
  }

  #decode(frame: { isKeyFrame: boolean; isWhole: boolean; sentAt: number }): void {
    this.largestDelayMs = Math.max(this.largestDelayMs, this.now - frame.sentAt);
    if (frame.isKeyFrame || !frame.isWhole) this.#isIntact = frame.isWhole;
    if (this.#options.kind === 'websocket' || this.#isIntact || this.now - this.#pliAt < PLI_MS) return;
    this.#pliAt = this.now;
    if (this.rung.requestsKeyFrame(this.now)) this.#request();
  }

  #measure(): void {
    const { kind, noise = 0, random = () => 0.5 } = this.#options;
    const ms = this.now - this.#measuredAt;
    const carried = (this.#arrived * 8) / ms;
    const whileBusy = this.#busyMs === 0 ? 0 : (this.#arrived * 8) / this.#busyMs;
    const wasLimited = this.#busyMs > ms / 3;
    this.#measuredAt = this.now;
    this.#arrived = 0;
    this.#busyMs = 0;
    this.#stream.sample(this.#streamBytes, this.now);
    if (kind === 'websocket') {
      if (wasLimited) [this.#estimate, this.#limitedAt] = [whileBusy, this.now];
      else if (this.now - this.#limitedAt > LIMITED_MS) this.#estimate = null;
    } else if (this.#queuedBytes * 8 > this.#options.lineKbps(this.now) * 50)
      this.#estimate = Math.max(LEAST_KBPS, whileBusy * 0.85);
    else if (this.now > 5_000)
      this.#estimate = Math.max(this.#estimate ?? carried, Math.min((this.#estimate ?? carried) * 1.04, carried * 1.5));
    const off = 1 + (2 * random() - 1) * noise;
    this.rung.measured(this.#estimate === null ? null : this.#estimate * off, this.#stream.kbps, this.now);
  }

  #request(): void {
    if (this.#needsKeyFrame || this.now - this.#requestedAt < REQUEST_MS) return;
    this.#requestedAt = this.now;
    this.#needsKeyFrame = true;
    this.#keyFrameAt = this.now + HOST_MS;
  }

  #take(events: RungEvent[]): void {
    for (const event of events) {
      if (event.type === 'changed') this.told.push({ at: this.now, report: event.report });
      else this.#request();
    }
  }
}
