import { audioCode } from '../fec/erasure-code.ts';
import { recoverData } from '../fec/parity.ts';
import { BLOCK_DATA, BLOCK_PARITY } from './datagram.ts';

/** Four data packets and their parity, as they arrive: copies. */
export class AudioBlock {
  readonly firstAt: number;
  readonly #data: (Buffer | undefined)[] = new Array(BLOCK_DATA);
  readonly #parity: (Buffer | undefined)[] = new Array(BLOCK_PARITY);
  readonly #receivedAt: number[] = [];
  readonly #recovered = new Set<number>();
  readonly #payloadLength: number;
  #sameLength = true;
  #shards = 0;
  /** Received or recovered. */
  #dataShards = 0;

  constructor(payloadLength: number, now: number) {
    this.firstAt = now;
    this.#payloadLength = payloadLength;
  }

  /** `receivedAt` of a recovered packet is when its recovery became possible. */
  packet(index: number): { payload: Buffer; receivedAt: number; recovered: boolean } | null {
    const payload = this.#data[index];
    if (payload === undefined) return null;
    return { payload, receivedAt: this.#receivedAt[index]!, recovered: this.#recovered.has(index) };
  }

  hasDataFrom(index: number): boolean {
    return this.#data.slice(index).some((payload) => payload !== undefined);
  }

  /** False for a duplicate. */
  addData(index: number, payload: Buffer, now: number): boolean {
    if (!this.#add(this.#data, index, payload)) return false;
    this.#receivedAt[index] = now;
    this.#dataShards += 1;
    this.#tryRecover(now);
    return true;
  }

  /** False for a duplicate. */
  addParity(index: number, payload: Buffer, now: number): boolean {
    if (!this.#add(this.#parity, index, payload)) return false;
    this.#tryRecover(now);
    return true;
  }

  #add(slots: (Buffer | undefined)[], index: number, payload: Buffer): boolean {
    if (slots[index] !== undefined) return false;
    slots[index] = Buffer.from(payload);
    this.#shards += 1;
    // Parity over packets of different sizes is meaningless: this block gets no recovery, protocol/3 §8.6 (8).
    if (payload.length !== this.#payloadLength) this.#sameLength = false;
    return true;
  }

  #tryRecover(now: number): void {
    if (this.#dataShards === BLOCK_DATA || this.#shards < BLOCK_DATA || !this.#sameLength) return;
    const recovered = recoverData(audioCode, this.#data, this.#parity, this.#payloadLength);
    if (recovered === null) return;
    for (const [index, payload] of recovered) {
      this.#data[index] = payload;
      this.#receivedAt[index] = now;
      this.#recovered.add(index);
      this.#dataShards += 1;
    }
  }
}
