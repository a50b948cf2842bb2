import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import type { StreamFormat, ViewerTransport } from '../../viewer/transport.ts';
import type { WebRtcEngine } from '../engine.ts';

export const FORMAT: StreamFormat = {
  codec: 'h264',
  width: 1280,
  height: 720,
  fps: 60,
  profileLevelId: '64002a',
  tenBit: false,
  audio: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] },
  audioPacketMs: 5,
  touch: true,
};

/**
 * Plays a recording to the live viewers of an engine in real time, in a loop: a real host with a real picture. Each viewer
 * begins with a key frame, and again after a frame it did not get.
 */
export class Playback {
  readonly #engine: WebRtcEngine;
  readonly #video: AccessUnit[];
  readonly #audio: AudioPacket[];
  readonly #waiting = new Set<ViewerTransport>();
  readonly #live = new Set<ViewerTransport>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(engine: WebRtcEngine, recording: { video: AccessUnit[]; audio: AudioPacket[] }) {
    this.#engine = engine;
    this.#video = recording.video;
    this.#audio = recording.audio;
  }

  /** Rewinds at once, and shows this viewer the picture from the next key frame on. */
  join(viewer: ViewerTransport): void {
    if (this.#isStopped) return;
    this.#live.delete(viewer);
    this.#waiting.add(viewer);
    clearTimeout(this.#timer);
    this.#play(0, 0, performance.now());
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #play(frame: number, packet: number, startedAt: number): void {
    const now = performance.now();
    const recordedAt = (this.#video[0]?.receivedAt ?? 0) + (now - startedAt);
    let [nextFrame, nextPacket] = [frame, packet];
    for (let unit = this.#video[nextFrame]; unit !== undefined && unit.receivedAt <= recordedAt; ) {
      this.#show({ ...unit, receivedAt: now });
      unit = this.#video[++nextFrame];
    }
    for (let sound = this.#audio[nextPacket]; sound !== undefined && sound.receivedAt <= recordedAt; ) {
      this.#engine.sendAudio({ ...sound, receivedAt: now }, [...this.#live]);
      sound = this.#audio[++nextPacket];
    }
    const again = nextFrame >= this.#video.length;
    this.#timer = setTimeout(
      () => (again ? this.#play(0, 0, performance.now()) : this.#play(nextFrame, nextPacket, startedAt)),
      4,
    );
  }

  #show(unit: AccessUnit): void {
    if (unit.keyFrame) {
      for (const viewer of this.#waiting) this.#live.add(viewer);
      this.#waiting.clear();
    }
    for (const viewer of this.#engine.sendVideo(unit, [...this.#live])) {
      this.#live.delete(viewer);
      this.#waiting.add(viewer);
    }
  }
}
