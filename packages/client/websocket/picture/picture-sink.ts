import type { PictureWay } from './picture-way.ts';

/** At most this many frames are on their way to the page: more would be late. */
const MAX_UNSHOWN = 3;

/** The worker's half of showing frames in the page. */
export interface PictureSink {
  /** Takes ownership of the frame. False: the page is behind, and the frame was left out. */
  show(frame: VideoFrame): boolean;
  /** The page has drawn one. */
  drawn(): void;
  close(): void;
}

/** Only Safari has it, in workers. */
declare const VideoTrackGenerator:
  | (new () => { writable: WritableStream<VideoFrame>; track: MediaStreamTrack })
  | undefined;

export function canMakeTracks(): boolean {
  return typeof VideoTrackGenerator !== 'undefined';
}

export interface PictureSinkEvents {
  track(track: MediaStreamTrack): void;
  frame(frame: VideoFrame): void;
}

export function createPictureSink(way: PictureWay, events: PictureSinkEvents): PictureSink {
  switch (way.kind) {
    case 'generator':
      return new WritableSink(way.writable);
    case 'track': {
      if (typeof VideoTrackGenerator === 'undefined') throw new Error('this browser has no VideoTrackGenerator');
      const { writable, track } = new VideoTrackGenerator();
      events.track(track);
      return new WritableSink(writable);
    }
    case 'canvas':
      return new PageSink(events);
  }
}

class WritableSink implements PictureSink {
  readonly #writer: WritableStreamDefaultWriter<VideoFrame>;
  #unshown = 0;

  constructor(writable: WritableStream<VideoFrame>) {
    this.#writer = writable.getWriter();
  }

  show(frame: VideoFrame): boolean {
    if (this.#unshown >= MAX_UNSHOWN) {
      frame.close();
      return false;
    }
    this.#unshown += 1;
    const shown = () => {
      this.#unshown -= 1;
    };
    this.#writer.write(frame).then(shown, () => {
      frame.close();
      shown();
    });
    return true;
  }

  drawn(): void {}

  close(): void {
    this.#writer.close().catch(() => undefined);
  }
}

class PageSink implements PictureSink {
  readonly #events: PictureSinkEvents;
  #undrawn = 0;

  constructor(events: PictureSinkEvents) {
    this.#events = events;
  }

  show(frame: VideoFrame): boolean {
    if (this.#undrawn >= MAX_UNSHOWN) {
      frame.close();
      return false;
    }
    this.#undrawn += 1;
    this.#events.frame(frame);
    return true;
  }

  drawn(): void {
    this.#undrawn -= 1;
  }

  close(): void {}
}
