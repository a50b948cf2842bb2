import type { CoreOutput } from '@moonshare/sans-io';
import type { FrameFecStatus } from '../../control/message.ts';
import { cauchyCode } from '../../fec/erasure-code.ts';
import { encodeParity } from '../../fec/parity.ts';
import type { AccessUnit } from '../../types.ts';
import { VideoPacketizer, type VideoPacketizerOptions } from '../packetizer.ts';
import type { LostFrame, VideoEvent } from '../types.ts';

/** Streams shared by the tests of this folder. */

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** The elementary stream of example V-1, protocol/3 §2.9. */
export const V1_STREAM = hex('000000016764002aac0000000168ee3c8000000001658884001122334455');
export const V1_TIMESTAMP = 123456;

/** The datagrams of example V-1. */
export const V1_DATAGRAMS = [
  '90001234 0001e240 00000000 00000000  00341200 07000000 05001000 2004c000  012f0002 06000000 00000001 6764002a',
  '90001235 0001e240 00000000 00000000  00351200 07000000 01001000 2014c000  ac000000 0168ee3c 80000000 01658884',
  '90001236 0001e240 00000000 00000000  00361200 07000000 03001000 2024c000  00112233 44550000 00000000 00000000',
  '90001237 0001e240 00000000 00000000  008a8d00 07000000 b100f700 2034c000  eada86c4 e6815a14 8b00008e 49117869',
  '90001238 0001e240 00000000 00000000  007df600 07000000 79005100 2044c000  a2eb0afa 9825771e 400000f4 586b44af',
].map(hex);

/** The elementary stream of example V-2, protocol/3 §2.10. */
export function v2Stream(): Buffer {
  const stream = Buffer.from(Array.from({ length: 250000 }, (_, i) => (7 * i + 3) & 0xff));
  hex('0000000165').copy(stream);
  return stream;
}

export function v2Datagrams(): Buffer[] {
  const host = new VideoPacketizer({
    packetSize: 1024,
    fecPercentage: 20,
    minParity: 2,
    firstFrame: 9,
    firstSequence: 65500,
  });
  return host.packetize({ data: v2Stream(), keyFrame: true, timestamp: 0xffffff00, latency: 0 }).datagrams;
}

/** A picture of one slice; `seed` sets it apart from others. The last byte is not zero. */
function picture(keyFrame: boolean, length: number, seed: number): Buffer {
  const data = Buffer.alloc(Math.max(length, 6), 0);
  for (let i = 5; i < data.length; i += 1) data[i] = ((i * 31 + seed * 17) % 255) + 1;
  hex(keyFrame ? '0000000165' : '0000000141').copy(data);
  return data;
}

export interface SentFrame {
  frameIndex: number;
  data: Buffer;
  datagrams: Buffer[];
}

/** Frames of the given sizes, the first a key frame unless `keyFrames` says otherwise. */
export function sendFrames(
  options: Partial<VideoPacketizerOptions>,
  sizes: readonly number[],
  keyFrames: readonly number[] = [0],
): SentFrame[] {
  const host = new VideoPacketizer({ packetSize: 64, fecPercentage: 20, minParity: 2, ...options });
  return sizes.map((size, at) => {
    const keyFrame = keyFrames.includes(at);
    const data = picture(keyFrame, size, at);
    return { data, ...host.packetize({ data, keyFrame, timestamp: at * 1500, latency: 0 }) };
  });
}

export interface WolfFrameOptions {
  frameIndex: number;
  firstSequence: number;
  packetSize: number;
  blocks: number;
  /** Sends the last data packet without its padding. */
  short?: boolean;
}

/** A frame as Wolf builds it: flags only at the ends of the frame, packet indices through all blocks, timestamp 0. */
export function wolfFrame(data: Buffer, options: WolfFrameOptions): Buffer[] {
  const payloadSize = options.packetSize - 16;
  const count = Math.ceil((8 + data.length) / payloadSize);
  const perBlock = Math.ceil(count / options.blocks);
  const stream = Buffer.alloc(count * payloadSize);
  const lastLength = (8 + data.length) % payloadSize || payloadSize;
  stream.set([1, 0, 0, 1, lastLength & 0xff, lastLength >> 8], 0);
  data.copy(stream, 8);
  const datagrams: Buffer[] = [];
  let sequence = options.firstSequence;
  for (let block = 0; block < options.blocks; block += 1) {
    const from = block * perBlock;
    const dataShards = Math.min(perBlock, count - from);
    const shards = Array.from({ length: dataShards }, (_, i) => {
      const at = from + i;
      const last = at === count - 1;
      const length = last && options.short ? lastLength : payloadSize;
      const shard = Buffer.alloc(32 + length);
      shard[0] = 0x90;
      shard.writeUInt32LE(((options.firstSequence + at) << 8) >>> 0, 16);
      shard[24] = 1 | (at === 0 ? 4 : 0) | (last ? 2 : 0);
      shard[26] = 0x10;
      stream.copy(shard, 32, at * payloadSize, at * payloadSize + length);
      return shard;
    });
    const parityShards = Math.max(2, Math.floor((dataShards * 20 + 99) / 100));
    const percentage = parityShards === 2 ? Math.floor(200 / dataShards) : 20;
    const parity = encodeParity(cauchyCode(dataShards, parityShards), shards);
    for (const [index, shard] of [...shards, ...parity].entries()) {
      shard[0] = 0x90;
      shard.writeUInt16BE(sequence & 0xffff, 2);
      shard.writeUInt32LE(options.frameIndex, 20);
      shard[26] = 0x10;
      shard[27] = ((options.blocks - 1) << 6) | (block << 4);
      shard.writeUInt32LE(((dataShards << 22) | (index << 12) | (percentage << 4)) >>> 0, 28);
      sequence += 1;
      datagrams.push(shard);
    }
  }
  return datagrams;
}

export function framesOf({ events }: CoreOutput<VideoEvent>): AccessUnit[] {
  return events.flatMap((event) => (event.type === 'frame' ? [event.frame] : []));
}

export function lossesOf({ events }: CoreOutput<VideoEvent>): LostFrame[] {
  return events.flatMap((event) => (event.type === 'lost' ? [event.frame] : []));
}

export function statusesOf({ events }: CoreOutput<VideoEvent>): FrameFecStatus[] {
  return events.flatMap((event) => (event.type === 'fecStatus' ? [event.status] : []));
}
