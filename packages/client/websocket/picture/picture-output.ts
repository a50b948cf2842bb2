import type { PictureWay } from './picture-way.ts';

/** Chromium's older form of a generator, which only pages have. */
declare const MediaStreamTrackGenerator:
  | (new (init: {
      kind: 'video';
    }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> })
  | undefined;

/** Where the page shows frames: a track. */
export interface PictureOutput {
  /** How the worker is to pass frames on; transferred to it. */
  readonly way: PictureWay;
  /** null: the worker will make it. */
  readonly track: MediaStreamTrack | null;
  /** Draws a frame, where the page has to. */
  draw(frame: VideoFrame): void;
}

/** `workerMakesTracks`: the worker has a generator of its own. */
export function createPictureOutput({ workerMakesTracks }: { workerMakesTracks: boolean }): PictureOutput {
  if (typeof MediaStreamTrackGenerator !== 'undefined') {
    const track = new MediaStreamTrackGenerator({ kind: 'video' });
    return { way: { kind: 'generator', writable: track.writable }, track, draw: (frame) => frame.close() };
  }
  if (workerMakesTracks) return { way: { kind: 'track' }, track: null, draw: (frame) => frame.close() };
  return canvasOutput();
}

function canvasOutput(): PictureOutput {
  const canvas = document.createElement('canvas');
  // Without a context it cannot be captured.
  const context = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream().getVideoTracks();
  return {
    way: { kind: 'canvas' },
    track: track!,
    draw: (frame) => {
      if (canvas.width !== frame.displayWidth) canvas.width = frame.displayWidth;
      if (canvas.height !== frame.displayHeight) canvas.height = frame.displayHeight;
      context?.drawImage(frame, 0, 0);
      frame.close();
    },
  };
}
