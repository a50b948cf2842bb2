import type { Page } from 'playwright-core';

/** One picture as the page showed it. `number` is null where the checksum in the squares is wrong. */
export interface ShownFrame {
  number: number | null;
  /** The page's `presentedFrames` counter. */
  presented: number;
  /** ms since 1970: when the browser expected it on the screen. */
  shownAt: number;
  /** The same, when it was read: what a browser expects is far off where pictures are rare. */
  readAt: number;
}

/** The next `count` pictures that the page's video shows, read from the squares along their top edge. Rejects after 40 s. */
export function nextFrames(page: Page, count: number): Promise<ShownFrame[]> {
  return page.evaluate(readFrames, count);
}

/** The same, run in the page. */
export async function readFrames(wanted: number): Promise<ShownFrame[]> {
  const SQUARE = 16;
  const video = (document.querySelector('moonshare-viewer')?.shadowRoot ?? document).querySelector('video');
  if (!video) throw new Error('the page has no video');
  const canvas = new OffscreenCanvas(40 * SQUARE, SQUARE);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const read = (): number | null => {
    context.drawImage(video, 0, 0, canvas.width, SQUARE, 0, 0, canvas.width, SQUARE);
    const { data } = context.getImageData(0, 0, canvas.width, SQUARE);
    const bit = (square: number): number => {
      let sum = 0;
      for (let y = 4; y < 12; y++) {
        // Green makes up most of the brightness.
        for (let x = 4; x < 12; x++) sum += data[(y * canvas.width + square * SQUARE + x) * 4 + 1]!;
      }
      return sum / 64 > 127 ? 1 : 0;
    };
    const byte = (first: number): number => {
      let value = 0;
      for (let i = 0; i < 8; i++) value = value * 2 + bit(first + i);
      return value;
    };
    const bytes = [0, 8, 16, 24].map(byte) as [number, number, number, number];
    const number = bytes.reduce((all, next) => all * 256 + next, 0);
    return (bytes[0] ^ bytes[1] ^ bytes[2] ^ bytes[3]) === byte(32) ? number : null;
  };
  const frames: ShownFrame[] = [];
  return new Promise<ShownFrame[]>((resolve, reject) => {
    const giveUp = setTimeout(() => {
      const { readyState, currentTime } = video;
      const notice = document.querySelector('moonshare-viewer')?.shadowRoot?.querySelector('.notice')?.textContent;
      reject(new Error(JSON.stringify({ wanted, got: frames.length, readyState, currentTime, notice })));
    }, 40_000);
    const onFrame = (_now: number, metadata: VideoFrameCallbackMetadata): void => {
      const { presentedFrames: presented, expectedDisplayTime } = metadata;
      const shownAt = performance.timeOrigin + expectedDisplayTime;
      frames.push({ number: read(), presented, shownAt, readAt: performance.timeOrigin + performance.now() });
      if (frames.length < wanted) video.requestVideoFrameCallback(onFrame);
      else {
        clearTimeout(giveUp);
        resolve(frames);
      }
    };
    video.requestVideoFrameCallback(onFrame);
  });
}

/** The numbers, all of which must be readable. */
export function numbersOf(frames: ShownFrame[]): number[] {
  return frames.map(({ number }) => {
    if (number === null) throw new Error(`a picture with broken squares: ${JSON.stringify(frames)}`);
    return number;
  });
}
