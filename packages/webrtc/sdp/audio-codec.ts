import type { SoundLayout } from './media-format.ts';
import type { SdpCodec } from './parse.ts';
import type { WrittenCodec } from './write.ts';

const STEREO = 'stereo=1;sprop-stereo=1';

/** The browser's codec for this sound, as we write it back: surround unchanged if possible, else stereo; null: neither. */
export function chooseAudio(offered: readonly SdpCodec[], layout: SoundLayout): WrittenCodec | null {
  const surround = layout.channels === 2 ? undefined : offered.find((codec) => isMultiopus(codec, layout));
  return surround === undefined ? chooseStereo(offered) : written(surround, surroundParameters(layout));
}

/** The browser's own stereo codec; null: it has none. */
export function chooseStereo(offered: readonly SdpCodec[]): WrittenCodec | null {
  const codec = offered.find(isOpus);
  return codec === undefined ? null : written(codec, STEREO);
}

/** The codecs in an offer of ours. */
export function offerAudio(): WrittenCodec[] {
  return [{ payloadType: 111, rtpmap: 'opus/48000/2', fmtp: STEREO, feedback: [], rtxPayloadType: null }];
}

/** Whether this codec carries every channel of the sound. */
export function takesAll(codec: WrittenCodec, layout: SoundLayout): boolean {
  return codec.rtpmap.endsWith(`/${layout.channels}`);
}

function written({ payloadType, name, clockRate, channels }: SdpCodec, fmtp: string): WrittenCodec {
  return { payloadType, rtpmap: `${name}/${clockRate}/${channels}`, fmtp, feedback: [], rtxPayloadType: null };
}

function isOpus(codec: SdpCodec): boolean {
  return codec.name.toLowerCase() === 'opus' && codec.clockRate === 48_000 && codec.channels === 2;
}

/** Chromium's unadvertised codec, which a page adds to its own offer with the layout of the stream, protocol/3 §8.7. */
function isMultiopus(codec: SdpCodec, layout: SoundLayout): boolean {
  return (
    codec.name.toLowerCase() === 'multiopus' &&
    codec.clockRate === 48_000 &&
    codec.channels === layout.channels &&
    codec.parameters.get('channel_mapping') === layout.mapping.join(',') &&
    codec.parameters.get('num_streams') === String(layout.streams) &&
    codec.parameters.get('coupled_streams') === String(layout.coupledStreams)
  );
}

function surroundParameters(layout: SoundLayout): string {
  return `channel_mapping=${layout.mapping.join(',')};num_streams=${layout.streams};coupled_streams=${layout.coupledStreams}`;
}
