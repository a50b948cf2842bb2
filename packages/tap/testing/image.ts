import { AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG, AV_CODEC_ID_WEBP, AVCOL_RANGE_JPEG } from 'node-av/constants';
import { Codec, CodecContext, Filter, FilterGraph, FilterInOut, Frame, Packet } from 'node-av/lib';
import { check, silenceFfmpeg } from '../decode/ffmpeg.ts';

export interface Image {
  width: number;
  height: number;
  /** Red, green and blue, 0..255. */
  pixel(x: number, y: number): [number, number, number];
}

/** Reads a JPEG, PNG or WebP file as any viewer does: JPEG and WebP are BT.601. */
export async function readImage(data: Buffer): Promise<Image> {
  silenceFfmpeg();
  const isPng = data.subarray(1, 4).equals(Buffer.from('PNG'));
  const id = isPng ? AV_CODEC_ID_PNG : data[0] === 0xff ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_WEBP;
  const codec = Codec.findDecoder(id)!;
  const context = new CodecContext();
  context.allocContext3(codec);
  check(await context.open2(codec), 'open an image');
  const packet = new Packet();
  packet.alloc();
  packet.data = data;
  check(await context.sendPacket(packet), 'read an image');
  await context.sendPacket(null);
  const frame = new Frame();
  frame.alloc();
  check(await context.receiveFrame(frame), 'read an image');
  const rgb = await toRgb(frame);
  const [plane, stride] = [Buffer.from(rgb.data![0]!), rgb.linesize[0]!];
  const { width, height } = rgb;
  rgb.free();
  packet.free();
  context.freeContext();
  return {
    width,
    height,
    pixel: (x, y) => [...plane.subarray(y * stride + 3 * x, y * stride + 3 * x + 3)] as [number, number, number],
  };
}

async function toRgb(frame: Frame): Promise<Frame> {
  const graph = new FilterGraph();
  graph.alloc();
  const size = `video_size=${frame.width}x${frame.height}:pix_fmt=${frame.format}:time_base=1/1`;
  const source = graph.createFilter(
    Filter.getByName('buffer')!,
    'in',
    `${size}:colorspace=${frame.colorSpace}:range=${frame.colorRange}`,
  )!;
  const sink = graph.createFilter(Filter.getByName('buffersink')!, 'out')!;
  const outputs = FilterInOut.createList([{ name: 'in', filterCtx: source, padIdx: 0 }]);
  const inputs = FilterInOut.createList([{ name: 'out', filterCtx: sink, padIdx: 0 }]);
  const range = frame.colorRange === AVCOL_RANGE_JPEG ? 'pc' : 'tv';
  const steps = `scale=flags=accurate_rnd+full_chroma_int:in_color_matrix=bt601:in_range=${range}:out_range=pc,format=rgb24`;
  check(graph.parsePtr(steps, inputs, outputs), 'convert an image');
  check(await graph.config(), 'convert an image');
  check(await source.buffersrcAddFrame(frame), 'convert an image');
  const rgb = new Frame();
  rgb.alloc();
  check(await sink.buffersinkGetFrame(rgb), 'convert an image');
  graph.free();
  return rgb;
}
