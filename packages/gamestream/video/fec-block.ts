import assert from 'node:assert/strict';
import type { FrameFecStatus } from '../control/message.ts';
import { cauchyCode } from '../fec/erasure-code.ts';
import { recoverData } from '../fec/parity.ts';
import { FLAG_END, FLAG_PICTURE, FLAG_START, streamPacketIndex, VIDEO_HEADER, type VideoDatagram } from './datagram.ts';
import type { ShardMemory } from './shard-memory.ts';

const FLAG_BITS = FLAG_PICTURE | FLAG_END | FLAG_START;

export type ShardOutcome = 'stored' | 'duplicate' | 'late' | 'invalid';

/** One FEC block of a frame while its shards arrive. */
export class BlockAssembly {
  readonly #first: VideoDatagram;
  /** Sequence number of shard 0. */
  readonly #baseSequence: number;
  #data: (Buffer | undefined)[];
  #parity: (Buffer | undefined)[];
  #receivedData = 0;
  #receivedParity = 0;
  #highest: number;
  #nextContiguous: number;
  /** Of all shards but the last data shard, which may be shorter; 0 until one has come. */
  #shardLength = 0;
  #state: 'open' | 'complete' | 'broken' = 'open';
  #recovered = 0;

  /** `first` is the first datagram seen of the block; it must still be added. */
  constructor(first: VideoDatagram) {
    this.#first = first;
    this.#baseSequence = (first.sequence - first.shardIndex) & 0xffff;
    this.#data = new Array(first.dataShards);
    this.#parity = new Array(first.parityShards);
    this.#highest = -1;
    this.#nextContiguous = 0;
  }

  /** `broken`: the recovered shards are not plausible, and the frame is lost. */
  get state(): 'open' | 'complete' | 'broken' {
    return this.#state;
  }

  /** Data shards rebuilt from parity. */
  get recoveredShards(): number {
    return this.#recovered;
  }

  /** All data shards in order, once complete. */
  get shards(): Buffer[] {
    return this.#data as Buffer[];
  }

  /** What is stored is a copy in `memory`, which must stay valid until the shards are taken. */
  add(datagram: VideoDatagram, memory: ShardMemory): ShardOutcome {
    const first = this.#first;
    const index = datagram.shardIndex;
    if (
      datagram.dataShards !== first.dataShards ||
      datagram.fecPercentage !== first.fecPercentage ||
      ((datagram.sequence - index) & 0xffff) !== this.#baseSequence
    ) {
      return 'invalid';
    }
    if (this.#state !== 'open') return 'late';
    const isData = index < first.dataShards;
    const slots = isData ? this.#data : this.#parity;
    const slot = isData ? index : index - first.dataShards;
    if (slots[slot] !== undefined) return 'duplicate';
    if (!this.#fits(datagram)) return 'invalid';
    slots[slot] = memory.copyOf(datagram.bytes);
    if (isData) this.#receivedData += 1;
    else this.#receivedParity += 1;
    if (index > this.#highest) {
      if (index === this.#nextContiguous) this.#nextContiguous += 1;
      this.#highest = index;
    }
    this.#tryComplete();
    return 'stored';
  }

  /** protocol/3 §4.6 */
  fecStatus(): FrameFecStatus {
    const { frameIndex, block, lastBlock, dataShards, parityShards, fecPercentage } = this.#first;
    return {
      frameIndex,
      highestSequence: (this.#baseSequence + this.#highest) & 0xffff,
      nextContiguousSequence: (this.#baseSequence + this.#nextContiguous) & 0xffff,
      missingBeforeHighest: this.#highest + 1 - this.#receivedData - this.#receivedParity,
      dataPackets: dataShards,
      parityPackets: parityShards,
      receivedData: this.#receivedData,
      receivedParity: this.#receivedParity,
      fecPercentage,
      blockIndex: block,
      blockCount: lastBlock + 1,
    };
  }

  /** protocol/3 §3.5: one length per block; only the last data shard may be shorter. */
  #fits(datagram: VideoDatagram): boolean {
    const length = datagram.bytes.length;
    const lastData = this.#first.dataShards - 1;
    if (datagram.shardIndex === lastData) return this.#shardLength === 0 || length <= this.#shardLength;
    if (this.#shardLength !== 0) return length === this.#shardLength;
    if ((this.#data[lastData]?.length ?? 0) > length) return false;
    this.#shardLength = length;
    return true;
  }

  #tryComplete(): void {
    const { dataShards, parityShards } = this.#first;
    if (this.#receivedData === dataShards) this.#state = 'complete';
    else if (this.#receivedData + this.#receivedParity >= dataShards) {
      const code = cauchyCode(dataShards, parityShards);
      const recovered = recoverData(code, this.#data, this.#parity, this.#shardLength);
      if (recovered !== null) for (const [index, shard] of recovered) this.#data[index] = shard;
      this.#state = recovered !== null && this.#isPlausible(recovered) ? 'complete' : 'broken';
      this.#recovered = recovered?.size ?? 0;
    }
    if (this.#state !== 'open') this.#parity = [];
    const held = this.#receivedData + this.#recovered;
    assert.ok(this.#state !== 'complete' || held === dataShards, 'a complete block lacks a shard');
  }

  /**
   * protocol/3 §3.5. Start and end flags are checked only where every host sets them: at the ends of the frame.
   * The packet index counts up through the data shards of a block.
   */
  #isPlausible(recovered: Map<number, Buffer>): boolean {
    const { block, lastBlock, dataShards } = this.#first;
    const origin = streamPacketIndex(this.#data[0]!);
    for (const [index, shard] of recovered) {
      if (shard.length <= VIDEO_HEADER) return false;
      const flags = shard[24]!;
      if ((flags & ~FLAG_BITS) !== 0 || (flags & FLAG_PICTURE) === 0) return false;
      if (block === 0 && index === 0 && (flags & FLAG_START) === 0) return false;
      if (block === lastBlock && index === dataShards - 1 && (flags & FLAG_END) === 0) return false;
      if (index !== 0 && ((streamPacketIndex(shard) - origin) & 0xffffff) !== index) return false;
    }
    // A rebuilt shard 0 is itself the origin: compare it with one that came over the wire.
    const witness = this.#data.findIndex((_, index) => !recovered.has(index));
    return witness < 0 || ((streamPacketIndex(this.#data[witness]!) - origin) & 0xffffff) === witness;
  }
}
