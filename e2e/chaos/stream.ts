/** What is streamed: small enough for two cores. */
export const STREAM = { width: 640, height: 360, fps: 15, bitrate: 1000 };
