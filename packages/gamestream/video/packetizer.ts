import type { KeyObject } from 'node:crypto';
import { GameStreamError } from '../errors.ts';
import { cauchyCode } from '../fec/erasure-code.ts';
import { encodeParity } from '../fec/parity.ts';
import type { ProtocolVariant } from '../types.ts';
import { FRAME_TYPE, SHORT_HEADER } from './access-unit.ts';
import { type FrameBlock, planFrame } from './block-plan.ts';
import { sealVideoDatagram, videoKey } from './cipher.ts';
import {
  FLAG_END,
  FLAG_PICTURE,
  FLAG_START,
  MULTI_FEC_FLAGS,
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
  /** Encrypts if given: 16 bytes. */
  key?: Buffer | undefined;
  /** Default Sunshine's. */
  variant?: ProtocolVariant | undefined;
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

/** The host side of one video stream: takes frames, returns datagrams in sending order, protocol/3 §2.7, §2.8. */
export class VideoPacketizer {
  readonly #options: VideoPacketizerOptions;
  readonly #variant: ProtocolVariant;
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
    this.#variant = options.variant ?? 'sunshine';
    this.#key = key === undefined ? null : videoKey(key);
    this.#frameIndex = options.firstFrame ?? 1;
    this.#counter = options.firstSequence ?? 0;
  }

  /** Throws INVALID_ARGUMENT for a frame larger than the headers can express (4092 data shards). */
  packetize(frame: EncodedFrame): { frameIndex: number; datagrams: Buffer[] } {
    const payloadSize = this.#options.packetSize - RTP_HEADER;
    const length = SHORT_HEADER + frame.data.length;
    const shardCount = Math.ceil(length / payloadSize);
    const { fecPercentage: percentage, minParity } = this.#options;
    const blocks = planFrame(this.#variant, shardCount, { percentage, minParity });
    if (blocks === null) {
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
    const frameStart = this.#counter;
    for (const block of blocks) {
      const payloads = Array.from({ length: block.dataShards }, (_, i) => {
        const from = (block.first + i) * payloadSize;
        return stream.subarray(from, from + payloadSize);
      });
      const data = this.#dataShards(payloads, block, frameStart, block.first + block.dataShards === shardCount);
      for (const shard of this.#withParity(data, block, frame.timestamp)) datagrams.push(this.#seal(shard));
    }
    this.#frameIndex = (frameIndex + 1) >>> 0;
    return { frameIndex, datagrams };
  }

  /** The shards as parity covers them: with half-filled headers, protocol/3 §2.7. */
  #dataShards(payloads: Buffer[], block: FrameBlock, frameStart: number, isLast: boolean): Buffer[] {
    const wolf = this.#variant === 'wolf';
    // Wolf numbers all data shards of a frame in one sequence and marks the ends of the frame, not of its blocks (protocol/3 §2.4).
    const firstIndex = wolf ? frameStart + block.first : this.#counter;
    const starts = !wolf || block.first === 0;
    const ends = !wolf || isLast;
    return payloads.map((payload, i) => {
      const shard = Buffer.alloc(VIDEO_HEADER + payload.length);
      shard.writeUInt32LE(((firstIndex + i) << 8) >>> 0, 16);
      shard.writeUInt32LE(this.#frameIndex, 20);
      const isStart = starts && i === 0;
      const isEnd = ends && i === payloads.length - 1;
      shard[24] = FLAG_PICTURE | (isStart ? FLAG_START : 0) | (isEnd ? FLAG_END : 0);
      shard[26] = MULTI_FEC_FLAGS;
      shard[27] = block.place;
      payload.copy(shard, VIDEO_HEADER);
      return shard;
    });
  }

  /** Data, then parity, with complete headers. */
  #withParity(data: Buffer[], block: FrameBlock, timestamp: number): Buffer[] {
    const { parityShards } = block;
    const parity = parityShards === 0 ? [] : encodeParity(cauchyCode(data.length, parityShards), data);
    const shards = [...data, ...parity];
    for (const [index, shard] of shards.entries()) {
      shard[0] = RTP_FIRST_BYTE;
      shard.writeUInt16BE(this.#counter & 0xffff, 2);
      shard.writeUInt32BE(timestamp >>> 0, 4);
      shard.writeUInt32LE(this.#frameIndex, 20);
      if (this.#variant === 'wolf') shard[26] = MULTI_FEC_FLAGS;
      shard[27] = block.place;
      const fecInfo = (block.statedShards << 22) | ((block.statedFirst + index) << 12) | (block.percentage << 4);
      shard.writeUInt32LE(fecInfo >>> 0, 28);
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
