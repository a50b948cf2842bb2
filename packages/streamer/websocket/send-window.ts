import { type AcknowledgedFrames, invariant } from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/sans-io';
import { AcknowledgementPace, type LineState } from './acknowledgement-pace.ts';
import { LineEstimate } from './line-estimate.ts';

/** Bytes under way: at first; at least; at most. */
const FIRST_WINDOW = 64 * 1024;
const SMALLEST_WINDOW = 24 * 1024;
const LARGEST_WINDOW = 4 * 1024 * 1024;
/** How long data may queue on the way: beyond this, the window shrinks to what the line carries in that time. */
const QUEUE_MS = 250;
/** If data queue for this long, the line is the limit. */
const LIMIT_MS = 150;
/** For this long after that, it still counts as the limit: a reduced viewer may get only one frame in eight seconds. */
const LIMITED_MS = 10_000;
/** Nothing more is sent while the oldest frame has been under way for this long, beyond the round trip. */
const STALL_MS = 500;
/** How long a frame waits here, where it can still be given up: most frames; while nothing is known of the line; key frames. */
const WAIT_MS = 300;
const FIRST_WAIT_MS = 400;
const KEY_WAIT_MS = 500;
/** A key frame that is needed is asked for again after this. */
const REPEAT_MS = 500;
/** Frames in the browser's decoder: too many; few enough again. */
const DECODER_FULL = 30;
const DECODER_ROOM = 10;
/** How much sound is sent while nothing comes back: bytes, and for how long. */
const MAX_SOUND_BYTES = 64 * 1024;
const MAX_SOUND_MS = 2_000;
/** Acknowledgements of what was never sent. A browser has no reason for a single one. */
const MAX_STRAY = 100;

export interface WindowFrame {
  /** u32, as in `VideoMessage`. */
  readonly number: number;
  readonly bytes: number;
  readonly isKey: boolean;
}

export type WindowEvent<F> =
  /** Write it now. `isAfterGap`: the frame before it was not sent. */
  | { type: 'send'; frame: F; isAfterGap: boolean }
  /** There is room, but nothing to send without a key frame. `isRepeated`: none has come since the last time. */
  | { type: 'keyFrameNeeded'; isRepeated: boolean }
  /** The browser is to acknowledge this often, ms; until it is told, every 50 ms. */
  | { type: 'acknowledgeEvery'; ms: number }
  /** The browser keeps acknowledging what it was never sent. Once. */
  | { type: 'misbehaved' };

interface Waiting<F> {
  frame: F;
  /** Then it is given up. */
  until: number;
}

interface Sent {
  number: number;
  /** With the sound sent since the frame before. */
  bytes: number;
  at: number;
}

/** Whether frames other than key frames are accepted. */
type Gate =
  | { name: 'open' }
  /** One is asked for when there is room, from `askAt` on; Infinity: whoever added the viewer asks. */
  | { name: 'closed'; askAt: number };

/**
 * Flow control of one viewer (protocol/6 §4): which frames are written to its socket, and when. What is written cannot be taken
 * back, and the buffers on the way hold seconds; so no more is under way than the browser acknowledges in time, counted in bytes
 * and in ms. Frames wait here for room, but not for long: then they are given up, and the gate is closed until a key frame. A
 * waiting key frame is never given up for another. Pure; times are monotonic ms.
 */
export class SendWindow<F extends WindowFrame> {
  readonly #line = new LineEstimate();
  readonly #pace = new AcknowledgementPace();
  #gate: Gate = { name: 'closed', askAt: Number.POSITIVE_INFINITY };
  #waiting: Waiting<F>[] = [];
  #underWay: Sent[] = [];
  #underWayBytes = 0;
  /** The last frame that was taken, and that was sent. */
  #taken: number | null = null;
  #sent: number | null = null;
  #acknowledged: number | null = null;
  #window = FIRST_WINDOW;
  /** Whether something had to wait since the last acknowledgement. */
  #wasFull = false;
  #limitedAt = Number.NEGATIVE_INFINITY;
  #isDecoderFull = false;
  /** Sent since something last came back. */
  #sound = { bytes: 0, since: Number.POSITIVE_INFINITY };
  #soundSinceFrame = 0;
  #framesDropped = 0;
  #stray = 0;

  /** Frames that were offered and will not be sent. */
  get framesDropped(): number {
    return this.#framesDropped;
  }

  /** Acknowledgements of what was never sent. */
  get stray(): number {
    return this.#stray;
  }

  /** Sent and not acknowledged. */
  get underWayBytes(): number {
    return this.#underWayBytes;
  }

  /** What the line carries, kbit/s; null while it is not the limit. */
  networkKbps(now: number): number | null {
    if (now - this.#limitedAt > LIMITED_MS) return null;
    const [oldest] = this.#underWay;
    const bytesPerMs =
      oldest === undefined ? this.#line.bytesPerMs : this.#line.bytesPerMsBefore(this.#underWayBytes, oldest.at, now);
    return bytesPerMs && bytesPerMs * 8;
  }

  /** A frame of the stream. Call it in their order, with every frame that the viewer should get. */
  offer(frame: F, now: number): CoreOutput<WindowEvent<F>> {
    if (this.#takes(frame)) {
      this.#taken = frame.number;
      this.#waiting.push({ frame, until: now + this.#waitMs(frame) });
      if (frame.isKey) this.#gate = { name: 'open' };
    } else this.#giveUp(1, now);
    return this.advance(now);
  }

  /** Whether sound may be written now, which then counts as written. False once nothing comes back any more. */
  takesSound(bytes: number, now: number): boolean {
    const { since } = this.#sound;
    if (this.#sound.bytes + bytes > MAX_SOUND_BYTES || now - since > MAX_SOUND_MS + this.#line.baseMs) return false;
    this.#sound = { bytes: this.#sound.bytes + bytes, since: Math.min(since, now) };
    this.#soundSinceFrame += bytes;
    return true;
  }

  /** A ping came back. */
  roundTrip(ms: number, now: number): void {
    this.#line.roundTrip(ms, now);
    this.#cameBack();
  }

  acknowledge({ received, shown, queued }: AcknowledgedFrames, now: number): CoreOutput<WindowEvent<F>> {
    const index = this.#underWay.findIndex(({ number }) => number === received);
    const isKnown = index >= 0 || received === this.#acknowledged;
    // The difference of two u32 that wrap.
    if (!isKnown || ((received - shown) | 0) < 0) return this.#strayed(now);
    this.#isDecoderFull = queued > (this.#isDecoderFull ? DECODER_ROOM : DECODER_FULL);
    if (index >= 0) this.#arrived(this.#underWay.splice(0, index + 1), now);
    return this.advance(now);
  }

  advance(now: number): CoreOutput<WindowEvent<F>> {
    this.#giveUpLate(now);
    const events: WindowEvent<F>[] = [];
    for (let [next] = this.#waiting; next !== undefined && this.#hasRoomFor(next.frame, now); [next] = this.#waiting) {
      this.#waiting.shift();
      events.push(this.#send(next.frame, now));
    }
    if (this.#waiting.length > 0) this.#wasFull = true;
    if (this.#needsKeyFrame(now)) {
      const isRepeated = this.#gate.name === 'closed' && Number.isFinite(this.#gate.askAt);
      this.#gate = { name: 'closed', askAt: now + REPEAT_MS };
      events.push({ type: 'keyFrameNeeded', isRepeated });
    }
    const everyMs = this.#pace.update(this.#lineState(now), now);
    if (everyMs !== null) events.push({ type: 'acknowledgeEvery', ms: everyMs });
    return { events, wakeAt: this.#wakeAt(now) };
  }

  #takes({ number, isKey }: F): boolean {
    if (this.#gate.name === 'closed' && !isKey) return false;
    // Frames may also have been kept from the viewer before they came here.
    if (!isKey) return this.#taken !== null && number === next32(this.#taken);
    return !this.#waiting.some(({ frame }) => frame.isKey);
  }

  #hasRoomFor({ bytes, isKey }: F, now: number): boolean {
    if (this.#isDecoderFull && !isKey) return false;
    if (this.#underWay.length === 0) return true;
    if (this.#isStalled(now)) return false;
    // However large it is: nothing else could be sent instead.
    const needed = this.#underWayBytes + (isKey ? 0 : bytes);
    return needed <= Math.max(isKey ? this.#window / 2 : this.#window, this.#pace.roomBytes);
  }

  #lineState(now: number): LineState {
    const [oldest] = this.#underWay;
    return {
      isHeldUp: this.#waiting.length > 0 || this.#gate.name === 'closed' || this.#isDecoderFull,
      oldestMs: oldest === undefined ? 0 : now - oldest.at,
      baseMs: this.#line.baseMs,
    };
  }

  #isStalled(now: number): boolean {
    const [oldest] = this.#underWay;
    return oldest !== undefined && now - oldest.at > this.#line.baseMs + STALL_MS;
  }

  #send(frame: F, now: number): WindowEvent<F> {
    const bytes = frame.bytes + this.#soundSinceFrame;
    this.#soundSinceFrame = 0;
    this.#underWay.push({ number: frame.number, bytes, at: now });
    this.#underWayBytes += bytes;
    this.#pace.sent(bytes);
    const isAfterGap = this.#sent !== null && frame.number !== next32(this.#sent);
    invariant(frame.isKey || (this.#sent !== null && !isAfterGap), 'a frame is sent whose reference was not');
    this.#sent = frame.number;
    return { type: 'send', frame, isAfterGap };
  }

  #arrived(frames: readonly Sent[], now: number): void {
    const [first, last] = [frames[0]!, frames.at(-1)!];
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
    this.#cameBack();
    this.#acknowledged = last.number;
    this.#underWayBytes -= bytes;
    this.#line.roundTrip(now - last.at, now);
    const queuedMs = now - last.at - this.#line.baseMs;
    this.#pace.queued(queuedMs);
    const isLimit = queuedMs > LIMIT_MS;
    this.#line.arrived(bytes, first.at, { isLimit, now });
    if (isLimit) this.#limitedAt = now;
    if (queuedMs > QUEUE_MS) {
      const carried = (this.#line.bytesPerMs ?? 0) * (this.#line.baseMs + QUEUE_MS);
      this.#window = Math.max(SMALLEST_WINDOW, Math.min(this.#window, carried));
    } else if (this.#wasFull) this.#window = Math.min(LARGEST_WINDOW, this.#window + bytes);
    this.#wasFull = false;
  }

  /** Gives up what has waited for too long, and what needs it. */
  #giveUpLate(now: number): void {
    const late = this.#waiting.findIndex(({ until }) => now >= until);
    if (late < 0) return;
    const key = this.#waiting.findIndex(({ frame }) => frame.isKey);
    if (late >= key) {
      this.#giveUp(this.#waiting.splice(late).length, now);
      return;
    }
    // A key frame behind it goes on without it, unless it has waited for too long as well.
    this.#framesDropped += this.#waiting.splice(late, key - late).length;
    this.#giveUpLate(now);
  }

  /** These will not be sent, and the frames after them need them. */
  #giveUp(frames: number, now: number): void {
    this.#framesDropped += frames;
    if (this.#gate.name === 'closed') return;
    this.#gate = { name: 'closed', askAt: Number.NEGATIVE_INFINITY };
    if (this.#underWay.length > 0) this.#limitedAt = now;
  }

  #waitMs({ isKey }: F): number {
    if (isKey) return KEY_WAIT_MS;
    return this.#acknowledged === null ? FIRST_WAIT_MS : WAIT_MS;
  }

  #needsKeyFrame(now: number): boolean {
    if (this.#gate.name === 'open' || now < this.#gate.askAt || this.#waiting.length > 0) return false;
    return !this.#isStalled(now) && !this.#isDecoderFull && this.#underWayBytes <= this.#window / 2;
  }

  /** Something that was sent has arrived. What was acknowledged before says nothing of that. */
  #cameBack(): void {
    this.#sound = { bytes: 0, since: Number.POSITIVE_INFINITY };
  }

  #strayed(now: number): CoreOutput<WindowEvent<F>> {
    this.#stray += 1;
    const { events, wakeAt } = this.advance(now);
    return { events: this.#stray === MAX_STRAY ? [...events, { type: 'misbehaved' }] : events, wakeAt };
  }

  /** Room comes with acknowledgements; waiting and asking are a matter of time. */
  #wakeAt(now: number): number {
    const late = this.#waiting.map(({ until }) => until);
    const isAsking = this.#gate.name === 'closed' && this.#gate.askAt > now;
    return Math.min(...late, isAsking ? (this.#gate as Gate & { name: 'closed' }).askAt : Number.POSITIVE_INFINITY);
  }
}

function next32(number: number): number {
  return (number + 1) >>> 0;
}
