import type { FrameFecStatus } from '../control/message.ts';
import type { VideoDatagram } from './datagram.ts';
import { BlockAssembly, type ShardOutcome } from './fec-block.ts';
import { type BlockPool, ShardMemory } from './shard-memory.ts';

/** protocol/3 §10 */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** One frame while its blocks arrive, in any order. */
export class FrameAssembly {
  readonly frameIndex: number;
  readonly receivedAt: number;
  /** Of the first datagram that came. */
  readonly timestamp: number;
  readonly #lastBlock: number;
  readonly #memory: ShardMemory;
  #blocks: (BlockAssembly | undefined)[];
  #bytes = 0;
  #completeBlocks = 0;
  #state: 'open' | 'complete' | 'broken' = 'open';
  #repaired: BlockAssembly | null = null;

  constructor(first: VideoDatagram, now: number, pool: BlockPool) {
    this.frameIndex = first.frameIndex;
    this.receivedAt = now;
    this.timestamp = first.timestamp;
    this.#lastBlock = first.lastBlock;
    this.#memory = new ShardMemory(pool);
    this.#blocks = new Array(first.lastBlock + 1);
  }

  get state(): 'open' | 'complete' | 'broken' {
    return this.#state;
  }

  /** Bytes of the datagrams held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The block that the last datagram completed with the help of parity. */
  get repaired(): BlockAssembly | null {
    return this.#repaired;
  }

  /** Copies what it keeps. */
  add(datagram: VideoDatagram): ShardOutcome {
    this.#repaired = null;
    if (datagram.lastBlock !== this.#lastBlock) return 'invalid';
    if (this.#state !== 'open') return 'late';
    let block = this.#blocks[datagram.block];
    if (block === undefined) {
      block = new BlockAssembly(datagram);
      this.#blocks[datagram.block] = block;
    }
    const outcome = block.add(datagram, this.#memory);
    if (outcome !== 'stored') return outcome;
    this.#bytes += datagram.bytes.length;
    if (block.state === 'broken' || this.#bytes > MAX_FRAME_BYTES) this.#state = 'broken';
    else if (block.state === 'complete') {
      this.#completeBlocks += 1;
      if (this.#completeBlocks > this.#lastBlock) this.#state = 'complete';
    }
    if (block.state === 'complete' && block.recoveredShards > 0) this.#repaired = block;
    return outcome;
  }

  /** All data shards of all blocks in order, once complete; valid until `release`. */
  get shards(): Buffer[] {
    return this.#blocks.flatMap((block) => block!.shards);
  }

  /** Nothing is added or read any more. */
  release(): void {
    this.#blocks = [];
    this.#memory.release();
  }

  /** Of the first incomplete block that has received something. */
  unfinishedStatus(): FrameFecStatus | null {
    const block = this.#blocks.find((candidate) => candidate !== undefined && candidate.state !== 'complete');
    return block?.fecStatus() ?? null;
  }
}
