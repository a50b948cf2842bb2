import type { PictureFormat, PictureOptions, Region } from '@moonshare/contract';
import {
  AV_CODEC_FLAG_QSCALE,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT470BG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_BT2020_NCL,
  AVCOL_SPC_FCC,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_SMPTE240M,
  FF_ENCODER_LIBWEBP,
  FF_ENCODER_MJPEG,
  FF_ENCODER_PNG,
  FF_QP2LAMBDA,
  type FFVideoEncoder,
} from 'node-av/constants';
import { Codec, CodecContext, Filter, FilterGraph, FilterInOut, Frame, Packet, Rational } from 'node-av/lib';
import { within } from '../region/region.ts';
import { check, dictionary, silenceFfmpeg } from './ffmpeg.ts';

/** From this many lines on, a stream that does not say so counts as HDTV, as in browsers. */
const HD_LINES = 720;

interface Encoding {
  encoder: FFVideoEncoder;
  /** JPEG and WebP are always BT.601 (JFIF, RFC 9649); chroma at full resolution keeps coloured text readable. */
  pixels: string;
  range: 'pc' | 'tv';
  options: (quality: number) => Record<string, string>;
}

const ENCODINGS: Readonly<Record<PictureFormat, Encoding>> = {
  jpeg: { encoder: FF_ENCODER_MJPEG, pixels: 'yuv444p', range: 'pc', options: () => ({}) },
  // Fast, and hardly larger than with more effort.
  png: {
    encoder: FF_ENCODER_PNG,
    pixels: 'rgb24',
    range: 'pc',
    options: () => ({ compression_level: '3', pred: 'up' }),
  },
  webp: {
    encoder: FF_ENCODER_LIBWEBP,
    pixels: 'yuv420p',
    range: 'tv',
    options: (quality) => ({ quality: String(quality), compression_level: '2' }),
  },
};

/** As the filter `scale` names them; of H.273. */
const MATRICES = new Map<number, string>([
  [AVCOL_SPC_BT709, 'bt709'],
  [AVCOL_SPC_FCC, 'fcc'],
  [AVCOL_SPC_BT470BG, 'bt601'],
  [AVCOL_SPC_SMPTE170M, 'bt601'],
  [AVCOL_SPC_SMPTE240M, 'smpte240m'],
  [AVCOL_SPC_BT2020_NCL, 'bt2020'],
]);

export interface EncodedPicture {
  data: Buffer;
  width: number;
  height: number;
  scale: number;
  region: Region;
}

/** Part of a decoded frame as a file. The frame stays the caller's. Throws a RegionOutsideError. */
export async function encodePicture(frame: Frame, options: PictureOptions): Promise<EncodedPicture> {
  silenceFfmpeg();
  const region = within(frame, options.region);
  const scale = Math.min(1, options.maxEdge / Math.max(region.width, region.height));
  const width = Math.max(1, Math.round(region.width * scale));
  const height = Math.max(1, Math.round(region.height * scale));
  const encoding = ENCODINGS[options.format];
  const shown = await converted(frame, { region, width, height, encoding });
  try {
    return { data: await encoded(shown, encoding, options.quality), width, height, scale, region };
  } finally {
    shown.free();
  }
}

interface Conversion {
  region: Region;
  width: number;
  height: number;
  encoding: Encoding;
}

/** Cut, scaled, and in the colours of the format. */
async function converted(frame: Frame, { region, width, height, encoding }: Conversion): Promise<Frame> {
  const graph = new FilterGraph();
  graph.alloc();
  graph.nbThreads = 1;
  const out = new Frame();
  out.alloc();
  const given = frame.clone();
  try {
    const { colorSpace, colorRange } = frame;
    const size = `video_size=${frame.width}x${frame.height}:pix_fmt=${frame.format}:time_base=1/1`;
    const source = graph.createFilter(filter('buffer'), 'in', `${size}:colorspace=${colorSpace}:range=${colorRange}`);
    const sink = graph.createFilter(filter('buffersink'), 'out');
    if (source === null || sink === null || given === null) throw new Error('FFmpeg has no memory for a picture');
    const { x, y } = region;
    const matrix = MATRICES.get(colorSpace) ?? (frame.height >= HD_LINES ? 'bt709' : 'bt601');
    const range = colorRange === AVCOL_RANGE_JPEG ? 'pc' : 'tv';
    const steps = [
      `crop=${region.width}:${region.height}:${x}:${y}:exact=1`,
      `scale=${width}:${height}:flags=bicubic:in_color_matrix=${matrix}:in_range=${range}` +
        `:out_color_matrix=bt601:out_range=${encoding.range}`,
      `format=${encoding.pixels}`,
    ];
    const outputs = FilterInOut.createList([{ name: 'in', filterCtx: source, padIdx: 0 }]);
    const inputs = FilterInOut.createList([{ name: 'out', filterCtx: sink, padIdx: 0 }]);
    check(graph.parsePtr(steps.join(','), inputs, outputs), 'prepare a picture');
    check(await graph.config(), 'prepare a picture');
    check(await source.buffersrcAddFrame(given), 'convert a picture');
    check(await sink.buffersinkGetFrame(out), 'convert a picture');
    return out;
  } catch (error) {
    out.free();
    throw error;
  } finally {
    given?.free();
    graph.free();
  }
}

async function encoded(frame: Frame, { encoder, range, options }: Encoding, quality: number): Promise<Buffer> {
  const codec = Codec.findEncoderByName(encoder);
  if (codec === null) throw new Error(`This FFmpeg has no encoder ${encoder}`);
  const context = new CodecContext();
  const packet = new Packet();
  try {
    context.allocContext3(codec);
    context.width = frame.width;
    context.height = frame.height;
    context.pixelFormat = frame.format as CodecContext['pixelFormat'];
    context.colorRange = range === 'pc' ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    context.timeBase = new Rational(1, 1);
    context.threadCount = 1;
    if (encoder === FF_ENCODER_MJPEG) {
      context.setFlags(AV_CODEC_FLAG_QSCALE);
      context.globalQuality = jpegScale(quality);
      frame.quality = context.globalQuality;
    }
    check(await context.open2(codec, dictionary(options(quality))), `open ${encoder}`);
    packet.alloc();
    frame.pts = 0n;
    check(await context.sendFrame(frame), 'encode a picture');
    await context.sendFrame(null);
    check(await context.receivePacket(packet), 'take an encoded picture');
    return Buffer.from(packet.data!);
  } finally {
    packet.free();
    context.freeContext();
  }
}

/** FFmpeg's quantiser, 1..31 (8: the table as it is), for a quality of 1..100 as libjpeg defines it. */
function jpegScale(quality: number): number {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Math.round(Math.min(31, Math.max(1, (percent * 8) / 100)) * FF_QP2LAMBDA);
}

function filter(name: string): Filter {
  const found = Filter.getByName(name);
  if (found === null) throw new Error(`This FFmpeg has no filter ${name}`);
  return found;
}
