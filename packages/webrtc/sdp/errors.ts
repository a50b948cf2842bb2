import type { MediaFormat } from './media-format.ts';

/** A description that breaks the rules of SDP, or does not answer our offer. */
export class SdpError extends Error {
  constructor(why: string) {
    super(`The session description is malformed: ${why}`);
    this.name = 'SdpError';
  }
}

/** The other side has no codec for the video. */
export class UnsupportedVideoError extends Error {
  readonly format: MediaFormat;

  constructor(format: MediaFormat) {
    super(`The other side cannot play ${format.codec}`);
    this.name = 'UnsupportedVideoError';
    this.format = format;
  }
}
