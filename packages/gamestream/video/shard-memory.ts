/** Some twenty datagrams: most frames at 10 Mbit/s need one. */
const BLOCK_BYTES = 32 * 1024;
/** Blocks kept for the next frames: 2 MB, a large key frame. */
const MAX_FREE = 64;

/** Memory that frames use one after the other, so that the collector has nothing to do with it. */
export class BlockPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  giveBack(blocks: readonly Buffer[]): void {
    for (const block of blocks) if (this.#free.length < MAX_FREE) this.#free.push(block);
  }
}

/** Copies of the datagrams of one frame. It grows with what has come, not with what a header claims. */
export class ShardMemory {
  readonly #pool: BlockPool;
  #blocks: Buffer[] = [];
  #used = BLOCK_BYTES;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  /** Valid until `release`. */
  copyOf(bytes: Buffer): Buffer {
    if (bytes.length > BLOCK_BYTES) return Buffer.from(bytes);
    if (this.#used + bytes.length > BLOCK_BYTES) {
      this.#blocks.push(this.#pool.take());
      this.#used = 0;
    }
    const block = this.#blocks.at(-1)!;
    const at = this.#used;
    this.#used += bytes.length;
    bytes.copy(block, at);
    return block.subarray(at, this.#used);
  }

  /** Other frames get the memory. */
  release(): void {
    this.#pool.giveBack(this.#blocks);
    this.#blocks = [];
    this.#used = BLOCK_BYTES;
  }
}
