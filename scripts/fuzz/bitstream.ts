import * as bitstream from '../../packages/bitstream/index.ts';
import type { Target } from './target.ts';

const hex = (...texts: string[]) => texts.map((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Access units of each codec, the first one a key frame. */
export const CODEC_UNITS = {
  h264: hex(
    '0000000167640028acd940780227e5c044000003000400000300f03c60c658000000 0168ebe3cb22c00000000165881111',
    '000000014188aabb00000141cc',
    '00000109f0000001060100800000016588',
  ),
  hevc: hex(
    '0000000140010c01ffff016000000300900000030000030078959809 0000000142010101600000030090000003000003005da00280802d16595956930c05a 000000014401c172b46240 000000012601af',
    '0000000102 01d00980',
  ),
  av1: hex('12000a0b00000024cf7f0dbffffe68320410002000', '120032041000200032021122'),
};

/** The contents of a host's streams. */
export function bitstreamTargets(): Target[] {
  return [
    {
      name: 'bitstream-h264',
      samples: hex(
        '0000000167640028acd940780227e5c044000003000400000300f03c60c65800000001 68ebe3cb22c0000000016588',
        '67640028acd940780227e5c0440000030004',
      ),
      run: (input) => {
        const nals = bitstream.splitAnnexB(input);
        for (const nal of [input, ...nals]) {
          attempt(() => bitstream.parseH264Sps(nal));
          bitstream.withoutReordering(nal);
        }
        bitstream.isKeyFrame('h264', input);
        attempt(() => bitstream.describeKeyFrame('h264', input));
        bitstream.keyFrameWithoutReordering(input);
      },
    },
    {
      name: 'bitstream-hevc',
      samples: CODEC_UNITS.hevc,
      run: (input) => {
        for (const nal of bitstream.splitAnnexB(input)) bitstream.hevcNalType(nal);
        bitstream.isKeyFrame('hevc', input);
        attempt(() => bitstream.describeKeyFrame('hevc', input));
      },
    },
    {
      name: 'bitstream-av1',
      samples: [...CODEC_UNITS.av1, ...hex('0a0b00000024cf7f0dbffffe68')],
      run: (input) => {
        bitstream.splitObus(input);
        bitstream.isKeyFrame('av1', input);
        attempt(() => bitstream.describeKeyFrame('av1', input));
      },
    },
    {
      name: 'bitstream-opus',
      samples: hex('fcfffe', '7b0a0102', 'fc02aabbfc02ccddfceeff'),
      run: (input) => void bitstream.splitOpusStreams(input, 3),
    },
  ];
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof bitstream.BitstreamError)) throw error;
  }
}
