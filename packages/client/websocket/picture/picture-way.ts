/** How pictures get from the worker to the page, by what the browser has. */
export type PictureWay =
  /** Into a track that the page made: Chromium. */
  | { kind: 'generator'; writable: WritableStream<VideoFrame> }
  /** Into a track that the worker makes: Safari. */
  | { kind: 'track' }
  /** One by one, to be drawn on a canvas: Firefox. */
  | { kind: 'canvas' };
