import type { FromStreamer, Rung } from '@moonshare/contract';
import type { AccessUnit, AudioPacket, GameStream } from '@moonshare/gamestream';
import { WakeTimer } from '@moonshare/sans-io';
import type { Logger } from 'pino';
import { Fanout, type FanoutEvent } from '../fanout/fanout.ts';
import { KeyFramePolicy, type KeyFrameRequest } from '../fanout/key-frame-policy.ts';
import type { OpenStream } from '../host-session/host-session.ts';
import { SoundRouter } from '../sound/sound-router.ts';
import type { ViewerCounters } from '../statistics/viewer-counters.ts';
import type { Engines } from '../viewer/engines.ts';
import type { Participant } from '../viewer/participant.ts';
import type { StreamFormat, ViewerTransport } from '../viewer/transport.ts';
import { streamFormat } from './format.ts';
import { RungReports } from './rung-reports.ts';

export interface MediaRelayOptions {
  engines: Engines;
  /** The host's stream; null: none is up. */
  current: () => OpenStream | null;
  counters: ViewerCounters;
  send: (message: FromStreamer & { type: 'peerFirstFrame' | 'peerRung' }) => void;
  log: Logger;
}

/** Picture and sound on their way from the host to all transports: who gets what, and when the host is asked for a key frame. */
export class MediaRelay {
  readonly #options: MediaRelayOptions;
  readonly #fanout = new Fanout<ViewerTransport>();
  readonly #fanoutTimer = new WakeTimer<FanoutEvent<ViewerTransport>>(
    (now) => this.#fanout.advance(now),
    (event) => this.#onFanout(event),
  );
  readonly #keyFrames = new KeyFramePolicy();
  readonly #keyFrameTimer = new WakeTimer<KeyFrameRequest>(
    (now) => this.#keyFrames.advance(now),
    () => this.#options.current()?.stream.requestIdr(),
  );
  readonly #rungs: RungReports;
  readonly #sound: SoundRouter;
  /** Who owns each transport in the fan-out. */
  readonly #owners = new Map<ViewerTransport, Participant>();
  #format: StreamFormat | null = null;
  /** The stream whose first key frame gave `#format`. */
  #formatOf: GameStream | null = null;
  /** The stream that was last logged for its large frames. */
  #tooLargeOf: GameStream | null = null;

  constructor(options: MediaRelayOptions) {
    this.#options = options;
    this.#sound = new SoundRouter(options.engines, options.log);
    this.#rungs = new RungReports({
      fanout: this.#fanout,
      measured: (now) => this.#fanoutTimer.take(this.#fanout.advance(now)),
      send: options.send,
      log: options.log,
    });
  }

  /** Of the last stream; null until its first key frame. */
  get format(): StreamFormat | null {
    return this.#format;
  }

  /** It gets the sound at once, and the picture from the next key frame on. */
  join(participant: Participant, transport: ViewerTransport): void {
    this.#fanout.join(transport);
    this.#owners.set(transport, participant);
    this.#keyFrameTimer.take(this.#keyFrames.viewerJoins(participant.account, performance.now()));
  }

  /** Another transport carries its picture. */
  carried(participant: Participant): void {
    this.#rungs.carried(participant);
  }

  leave(transport: ViewerTransport): void {
    this.#fanout.leave(transport);
    this.#owners.delete(transport);
  }

  /** It has no transport any more. */
  left(participant: Participant): void {
    this.#rungs.left(participant);
  }

  /** How much of the stream it gets. */
  rung(participant: Participant): Rung {
    return this.#rungs.rung(participant);
  }

  /** Frames that were not even passed to this transport. */
  framesDropped(transport: ViewerTransport): number {
    return this.#fanout.framesDropped(transport);
  }

  /** When a frame was last due to it, on any transport, monotonic ms; null: never. */
  dueAt({ transports }: Participant): number | null {
    const times = transports.flatMap((transport) => this.#fanout.dueAt(transport) ?? []);
    return times.length === 0 ? null : Math.max(...times);
  }

  /** A browser asks for a key frame. */
  keyFrameRequested({ account }: Participant, transport: ViewerTransport): void {
    const now = performance.now();
    if (this.#fanout.requestsKeyFrame(transport, now))
      this.#keyFrameTimer.take(this.#keyFrames.viewerRequests(account, now));
    this.#fanoutTimer.take(this.#fanout.advance(now));
  }

  /** These did not get all of the last frame. */
  dropped(transports: readonly ViewerTransport[]): void {
    const now = performance.now();
    this.#fanout.dropped(transports, now);
    this.#fanoutTimer.take(this.#fanout.advance(now));
  }

  /** Frames were lost on the way from the host. */
  keyFrameNeeded(): void {
    this.#keyFrameTimer.take(this.#keyFrames.streamNeeds(performance.now()));
  }

  /** The host sends less from now on. */
  becameSmaller(): void {
    this.#fanout.retry(performance.now());
  }

  /** A stream has begun. */
  hostUp(): void {
    if (this.#fanout.waiting) this.keyFrameNeeded();
  }

  hostDown(): void {
    this.#keyFrames.reset();
  }

  sendVideo(unit: AccessUnit): void {
    const { engines, counters } = this.#options;
    if (unit.keyFrame) {
      this.#keyFrames.keyFrame(performance.now());
      this.#updateFormat(unit);
    }
    this.#rungs.frame(unit.data.length);
    const due = this.#fanout.due(unit, performance.now());
    // Also without viewers: engines follow the stream's clock.
    const dropped = engines.sendVideo(unit, due);
    this.dropped(dropped);
    if (due.length > 0 && unit.data.length > engines.largestFrame) this.#onTooLarge(unit.data.length);
    if (counters.isAnyWaiting) this.#noteFirstFrames(due, dropped);
  }

  sendAudio(packet: AudioPacket): void {
    this.#sound.send(packet, this.#fanout.all());
  }

  /** Ends the timers and the sound thread. */
  close(): void {
    this.#sound.close();
    this.#rungs.close();
    this.#fanoutTimer.stop();
    this.#keyFrameTimer.stop();
  }

  #onFanout(event: FanoutEvent<ViewerTransport>): void {
    const now = performance.now();
    if (event.type === 'reducedNeed') {
      this.#keyFrameTimer.take(this.#keyFrames.reducedNeed(now));
      return;
    }
    const participant = this.#owners.get(event.viewer);
    if (participant === undefined) return;
    if (event.type === 'rungChanged') this.#rungs.changed(participant, event.viewer, event.report);
    else this.#keyFrameTimer.take(this.#keyFrames.viewerNeeds(participant.account, now));
  }

  /** Logged, since nobody else can see why there is no picture, and the operator can do something about it. */
  #onTooLarge(bytes: number): void {
    const { current, engines, log } = this.#options;
    const stream = current()?.stream ?? null;
    if (stream === this.#tooLargeOf) return;
    this.#tooLargeOf = stream;
    const most = engines.largestFrame;
    log.warn({ bytes, most }, 'frames are too large for browsers to show: lower the bitrate or the resolution');
  }

  #noteFirstFrames(due: readonly ViewerTransport[], dropped: readonly ViewerTransport[]): void {
    const { counters, send, log } = this.#options;
    for (const transport of due) {
      const id = this.#owners.get(transport)?.id;
      if (id === undefined || dropped.includes(transport)) continue;
      const ms = counters.frameSent(id, performance.now());
      if (ms === null) continue;
      log.info({ peer: id, ms }, 'first frame sent');
      send({ type: 'peerFirstFrame', peerId: id, ms });
    }
  }

  /** The first key frame of each stream settles the format. Each stream has its own clocks, so it is always passed on. */
  #updateFormat(keyFrame: AccessUnit): void {
    const open = this.#options.current();
    if (open === null || this.#formatOf === open.stream) return;
    this.#formatOf = open.stream;
    this.#format = streamFormat(open, keyFrame);
    this.#options.engines.setFormat(this.#format);
    this.#sound.setFormat(this.#format);
  }
}
