import type { KeyObject } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { cauchyCode, encodeParity } from '../fec/index.ts';
import { FRAME_TYPE, SHORT_HEADER } from './access-unit.ts';
import { sealVideoDatagram, videoKey } from './cipher.ts';
import {
  FLAG_END,
  FLAG_PICTURE,
  FLAG_START,
  MAX_BLOCKS,
  MAX_DATA_SHARDS,
  MULTI_FEC_FLAGS,
  parityCount,
  RTP_FIRST_BYTE,
  RTP_HEADER,
  VIDEO_HEADER,
} from './datagram.ts';

export interface VideoPacketizerOptions {
  /** NV header + payload, bytes, protocol/3 §2.1. More than 24. */
  packetSize: number;
  /** 0 to 255. */
  fecPercentage: number;
  /** The client's `minRequiredFecPackets`, 0 to 2. */
  minParity: number;
  /** Given to encrypt: 16 bytes. */
  key?: Buffer | undefined;
  /** Default 1. */
  firstFrame?: number | undefined;
  /** First datagram counter; its low 16 bits are the RTP sequence number. Default 0. */
  firstSequence?: number | undefined;
}

export interface EncodedFrame {
  data: Buffer;
  keyFrame: boolean;
  /** RTP, 90 kHz; taken modulo 2^32. */
  timestamp: number;
  /** Host latency in 0.1 ms, 0 unknown. */
  latency: number;
}

interface BlockPlan {
  count: number;
  shardsPerBlock: number;
  percentage: number;
}

/** How a frame of `shards` data shards is cut into blocks: the rule of Sunshine since 2025.118, protocol/3 §2.8. */
export function planBlocks(shards: number, percentage: number): BlockPlan {
  const mostPerBlock = Math.floor(25500 / (100 + percentage));
  const wanted = Math.ceil(shards / mostPerBlock);
  const count = Math.min(wanted, MAX_BLOCKS);
  return { count, shardsPerBlock: Math.ceil(shards / count), percentage: wanted > MAX_BLOCKS ? 0 : percentage };
}

/** The host side of one video stream: frames in, datagrams out in sending order, protocol/3 §2.7, §2.8. */
export class VideoPacketizer {
  readonly #options: VideoPacketizerOptions;
  readonly #key: KeyObject | null;
  #frameIndex: number;
  #counter: number;
  #sealed = 0n;

  constructor(options: VideoPacketizerOptions) {
    const { packetSize, fecPercentage, minParity, key } = options;
    if (!Number.isInteger(packetSize) || packetSize <= RTP_HEADER + SHORT_HEADER || packetSize > 65503) {
      throw new GameStreamError('INVALID_ARGUMENT', `A packet size of ${packetSize}`);
    }
    if (!(fecPercentage >= 0 && fecPercentage <= 255) || !(minParity >= 0 && minParity <= 2)) {
      throw new GameStreamError('INVALID_ARGUMENT', `FEC of ${fecPercentage} %, at least ${minParity} packets`);
    }
    this.#options = options;
    this.#key = key === undefined ? null : videoKey(key);
    this.#frameIndex = options.firstFrame ?? 1;
    this.#counter = options.firstSequence ?? 0;
  }

  /** Throws INVALID_ARGUMENT for a frame larger than the wire can say (4092 data shards). */
  packetize(frame: EncodedFrame): { frameIndex: number; datagrams: Buffer[] } {
    const payloadSize = this.#options.packetSize - RTP_HEADER;
    const length = SHORT_HEADER + frame.data.length;
    const shardCount = Math.ceil(length / payloadSize);
    const plan = planBlocks(shardCount, this.#options.fecPercentage);
    if (plan.shardsPerBlock > MAX_DATA_SHARDS) {
      throw new GameStreamError('INVALID_ARGUMENT', `A frame of ${frame.data.length} bytes does not fit its packets`);
    }
    const frameIndex = this.#frameIndex;
    const stream = Buffer.alloc(shardCount * payloadSize);
    stream[0] = 0x01;
    stream.writeUInt16LE(Math.max(0, Math.min(0xffff, Math.round(frame.latency))), 1);
    stream[3] = frame.keyFrame ? FRAME_TYPE.idr : FRAME_TYPE.p;
    stream.writeUInt16LE(length % payloadSize || payloadSize, 4);
    frame.data.copy(stream, SHORT_HEADER);

    const datagrams: Buffer[] = [];
    for (let block = 0; block < plan.count; block += 1) {
      const from = block * plan.shardsPerBlock * payloadSize;
      const payload = stream.subarray(from, from + plan.shardsPerBlock * payloadSize);
      for (const shard of this.#buildBlock(payload, payloadSize, block, plan, frame.timestamp)) {
        datagrams.push(this.#seal(shard));
      }
    }
    this.#frameIndex = (frameIndex + 1) >>> 0;
    return { frameIndex, datagrams };
  }

  /** Data, then parity. The order of the writes is the wire's: parity covers headers that are only half filled, protocol/3 §2.7. */
  #buildBlock(payload: Buffer, payloadSize: number, block: number, plan: BlockPlan, timestamp: number): Buffer[] {
    const dataShards = payload.length / payloadSize;
    const blocks = ((plan.count - 1) << 6) | (block << 4);
    const data: Buffer[] = [];
    for (let i = 0; i < dataShards; i += 1) {
      const shard = Buffer.alloc(VIDEO_HEADER + payloadSize);
      shard.writeUInt32LE(((this.#counter + i) << 8) >>> 0, 16);
      shard.writeUInt32LE(this.#frameIndex, 20);
      shard[24] = FLAG_PICTURE | (i === 0 ? FLAG_START : 0) | (i === dataShards - 1 ? FLAG_END : 0);
      shard[26] = MULTI_FEC_FLAGS;
      shard[27] = blocks;
      payload.copy(shard, VIDEO_HEADER, i * payloadSize, (i + 1) * payloadSize);
      data.push(shard);
    }
    let { percentage } = plan;
    let parityShards = parityCount(dataShards, percentage);
    if (percentage !== 0 && parityShards < this.#options.minParity) {
      parityShards = this.#options.minParity;
      percentage = Math.floor((100 * parityShards) / dataShards);
    }
    const parity = parityShards === 0 ? [] : encodeParity(cauchyCode(dataShards, parityShards), data);
    const shards = [...data, ...parity];
    for (const [index, shard] of shards.entries()) {
      shard[0] = RTP_FIRST_BYTE;
      shard.writeUInt16BE(this.#counter & 0xffff, 2);
      shard.writeUInt32BE(timestamp >>> 0, 4);
      shard.writeUInt32LE(this.#frameIndex, 20);
      shard[27] = blocks;
      shard.writeUInt32LE(((dataShards << 22) | (index << 12) | (percentage << 4)) >>> 0, 28);
      this.#counter = (this.#counter + 1) >>> 0;
    }
    return shards;
  }

  #seal(datagram: Buffer): Buffer {
    if (this.#key === null) return datagram;
    const sealed = sealVideoDatagram(this.#key, this.#sealed, this.#frameIndex, datagram);
    this.#sealed += 1n;
    return sealed;
  }
}
