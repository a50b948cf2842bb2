import { MoonshareError } from '@moonshare/contract';
import { SdpError, UnsupportedVideoError } from '@moonshare/webrtc';
import type { StreamFormat } from '../viewer/transport.ts';

const NAMES: Record<StreamFormat['codec'], string> = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' };

/** Which browsers play it. Pages show this as it is. */
const WHERE: Record<StreamFormat['codec'], string> = {
  h264: 'Chrome, Edge and Safari play it out of the box; Firefox does once its OpenH264 plugin is installed and switched on (Add-ons and themes, then Plugins).',
  hevc: 'Safari plays it, and so do Chrome and Edge on devices that can decode it. Nearly every browser plays H.264: ask for the stream in that instead.',
  av1: 'Current versions of Chrome, Edge and Firefox play it, and so does Safari on devices that can decode it. Nearly every browser plays H.264: ask for the stream in that instead.',
};

/** What its people are told when the negotiation with a browser throws. */
export function negotiationError(error: unknown): MoonshareError {
  if (error instanceof UnsupportedVideoError) return codecUnsupported(error.format);
  if (error instanceof SdpError) return new MoonshareError('BAD_REQUEST', { message: error.message });
  return MoonshareError.from(error);
}

/** CODEC_UNSUPPORTED, naming the codec that the browser lacks. */
function codecUnsupported({ codec, tenBit }: Pick<StreamFormat, 'codec' | 'tenBit'>): MoonshareError {
  const name = codec === 'hevc' && tenBit ? '10-bit HEVC' : NAMES[codec];
  return new MoonshareError('CODEC_UNSUPPORTED', {
    message: `This browser cannot play ${name}`,
    hint: `The stream is sent in ${name}. ${WHERE[codec]}`,
  });
}
