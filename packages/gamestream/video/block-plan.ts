import type { ProtocolVariant } from '../types.ts';
import { MAX_BLOCKS, MAX_DATA_SHARDS, parityCount } from './datagram.ts';

/** The most shards the code supports. */
const MAX_SHARDS = 255;
/** Above this many data shards Wolf makes three blocks. */
const WOLF_ONE_BLOCK = 90;
const WOLF_BLOCKS = 3;

export interface BlockPlan {
  count: number;
  shardsPerBlock: number;
  percentage: number;
}

/** One FEC block of a frame: its contents, and what its headers state. */
export interface FrameBlock {
  /** Index of its first data shard in the frame. */
  first: number;
  dataShards: number;
  parityShards: number;
  percentage: number;
  statedShards: number;
  /** Shard index of its first data shard, as stated. */
  statedFirst: number;
  /** `multiFecBlocks`, protocol/3 §2.1. */
  place: number;
}

/** How a frame of `shards` data shards is split into blocks, protocol/3 §2.8. Null if the headers cannot express it. */
export function planFrame(
  variant: ProtocolVariant,
  shards: number,
  options: { percentage: number; minParity: number },
): FrameBlock[] | null {
  const { count, shardsPerBlock, percentage } =
    variant === 'wolf' ? wolfPlan(shards, options.percentage) : planBlocks(shards, options.percentage);
  const blocks: FrameBlock[] = [];
  for (let index = 0; index < count; index += 1) {
    const first = index * shardsPerBlock;
    const dataShards = Math.min(shardsPerBlock, shards - first);
    const fec = blockFec(dataShards, percentage, options.minParity);
    const place = ((count - 1) << 6) | (index << 4);
    // For a block too long for the code, Wolf's headers describe the whole frame as one block.
    const tooLong = variant === 'wolf' && dataShards + fec.parityShards > MAX_SHARDS;
    const stated = tooLong
      ? { parityShards: 0, percentage: 0, statedShards: shards, statedFirst: first, place: 0 }
      : { ...fec, statedShards: dataShards, statedFirst: 0, place };
    if (stated.statedShards > MAX_DATA_SHARDS) return null;
    blocks.push({ first, dataShards, ...stated });
  }
  return blocks;
}

/** Sunshine's rule since 2025.118. */
export function planBlocks(shards: number, percentage: number): BlockPlan {
  const mostPerBlock = Math.floor(25500 / (100 + percentage));
  const wanted = Math.ceil(shards / mostPerBlock);
  const count = Math.min(wanted, MAX_BLOCKS);
  return { count, shardsPerBlock: Math.ceil(shards / count), percentage: wanted > MAX_BLOCKS ? 0 : percentage };
}

function wolfPlan(shards: number, percentage: number): BlockPlan {
  const count = shards > WOLF_ONE_BLOCK ? WOLF_BLOCKS : 1;
  return { count, shardsPerBlock: Math.ceil(shards / count), percentage };
}

/** Small blocks get the minimum of parity, and a percentage to match. */
function blockFec(dataShards: number, percentage: number, minParity: number) {
  const parityShards = parityCount(dataShards, percentage);
  if (percentage === 0 || parityShards >= minParity) return { parityShards, percentage };
  return { parityShards: minParity, percentage: Math.floor((100 * minParity) / dataShards) };
}
