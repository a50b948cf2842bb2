import type { OpusLayout } from '@moonshare/gamestream';
import type { SdpCodec } from './parse.ts';
import type { WrittenCodec } from './write.ts';

const STEREO = 'stereo=1;sprop-stereo=1';

/** Which of the browser's codecs takes this sound, as we write it back; null: none, and no sound rather than noise. */
export function chooseAudio(offered: readonly SdpCodec[], layout: OpusLayout): WrittenCodec | null {
  const codec = isStereo(layout) ? offered.find(isOpus) : offered.find((each) => isMultiopus(each, layout));
  if (codec === undefined) return null;
  return {
    payloadType: codec.payloadType,
    rtpmap: `${codec.name}/${codec.clockRate}/${codec.channels}`,
    fmtp: isStereo(layout) ? STEREO : surroundParameters(layout),
    feedback: [],
  };
}

/** Browsers refuse surround in an offer that is not theirs (webrtc-facts), so there is nothing to offer then. */
export function offerAudio(layout: OpusLayout): WrittenCodec[] {
  return isStereo(layout) ? [{ payloadType: 111, rtpmap: 'opus/48000/2', fmtp: STEREO, feedback: [] }] : [];
}

function isStereo(layout: OpusLayout): boolean {
  return layout.channels === 2;
}

function isOpus(codec: SdpCodec): boolean {
  return codec.name.toLowerCase() === 'opus' && codec.clockRate === 48_000 && codec.channels === 2;
}

/** Chromium's unadvertised codec, which a page puts into its own offer with the layout of the stream, protocol/3 §8.7. */
function isMultiopus(codec: SdpCodec, layout: OpusLayout): boolean {
  return (
    codec.name.toLowerCase() === 'multiopus' &&
    codec.clockRate === 48_000 &&
    codec.channels === layout.channels &&
    codec.parameters.get('channel_mapping') === layout.mapping.join(',') &&
    codec.parameters.get('num_streams') === String(layout.streams) &&
    codec.parameters.get('coupled_streams') === String(layout.coupledStreams)
  );
}

function surroundParameters(layout: OpusLayout): string {
  return `channel_mapping=${layout.mapping.join(',')};num_streams=${layout.streams};coupled_streams=${layout.coupledStreams}`;
}
