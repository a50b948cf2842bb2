import type { FrameFecStatus } from '../control/message.ts';
import type { VideoDatagram } from './datagram.ts';
import { BlockAssembly, type ShardOutcome } from './fec-block.ts';

/** protocol/3 §10 */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** One frame while its blocks arrive, in any order. */
export class FrameAssembly {
  readonly frameIndex: number;
  readonly receivedAt: number;
  /** Of the first datagram that came. */
  readonly timestamp: number;
  readonly #lastBlock: number;
  #blocks: (BlockAssembly | undefined)[];
  #bytes = 0;
  #completeBlocks = 0;
  #state: 'open' | 'complete' | 'broken' = 'open';

  constructor(first: VideoDatagram, now: number) {
    this.frameIndex = first.frameIndex;
    this.receivedAt = now;
    this.timestamp = first.timestamp;
    this.#lastBlock = first.lastBlock;
    this.#blocks = new Array(first.lastBlock + 1);
  }

  get state(): 'open' | 'complete' | 'broken' {
    return this.#state;
  }

  /** Bytes of the datagrams held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `repaired` is the block that this datagram completed with the help of parity. */
  add(datagram: VideoDatagram): { outcome: ShardOutcome; repaired: BlockAssembly | null } {
    if (datagram.lastBlock !== this.#lastBlock) return { outcome: 'invalid', repaired: null };
    if (this.#state !== 'open') return { outcome: 'late', repaired: null };
    let block = this.#blocks[datagram.block];
    if (block === undefined) {
      block = new BlockAssembly(datagram);
      this.#blocks[datagram.block] = block;
    }
    const outcome = block.add(datagram);
    if (outcome !== 'stored') return { outcome, repaired: null };
    this.#bytes += datagram.bytes.length;
    if (block.state === 'broken' || this.#bytes > MAX_FRAME_BYTES) this.#state = 'broken';
    else if (block.state === 'complete') {
      this.#completeBlocks += 1;
      if (this.#completeBlocks > this.#lastBlock) this.#state = 'complete';
    }
    return { outcome, repaired: block.state === 'complete' && block.recoveredShards > 0 ? block : null };
  }

  /** All data shards of all blocks in order, once complete; they are released here. */
  takeShards(): Buffer[] {
    const shards = this.#blocks.flatMap((block) => block!.shards);
    this.#blocks = [];
    return shards;
  }

  /** Of the first incomplete block that has received something. */
  unfinishedStatus(): FrameFecStatus | null {
    const block = this.#blocks.find((candidate) => candidate !== undefined && candidate.state !== 'complete');
    return block?.fecStatus() ?? null;
  }
}
