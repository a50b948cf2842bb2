import assert from 'node:assert/strict';

/** Limits of a history. */
export interface HistoryLimits {
  packets: number;
  bytes: number;
  ms: number;
}

/** The largest frame has 4 300 packets; at 100 Mbit/s two seconds are about 20 000 packets and 25 MB. */
const LIMITS: HistoryLimits = { packets: 32_768, bytes: 24 * 1024 * 1024, ms: 2000 };

/** The packets sent recently, kept once for all viewers, by a running index. */
export class PacketHistory {
  readonly #limits: HistoryLimits;
  readonly #slots: ({ packet: Buffer; at: number } | undefined)[];
  #first = 0;
  #next = 0;
  #bytes = 0;

  constructor(limits: HistoryLimits = LIMITS) {
    this.#limits = limits;
    this.#slots = new Array(limits.packets);
  }

  /** Returns the index of the first; the others follow. */
  append(packets: readonly Buffer[], now: number): number {
    const index = this.#next;
    for (const packet of packets) {
      if (this.#next - this.#first === this.#limits.packets) this.#drop();
      const slot = this.#next % this.#limits.packets;
      assert.ok(this.#slots[slot] === undefined, 'a packet takes the slot of one that is still kept');
      this.#slots[slot] = { packet, at: now };
      this.#next += 1;
      this.#bytes += packet.length;
    }
    while (this.#first < this.#next && this.#isTooMuch(now)) this.#drop();
    assert.ok(this.#first < this.#next ? this.#bytes > 0 : this.#bytes === 0, 'the bytes kept are miscounted');
    return index;
  }

  /** Undefined: never sent, or too long ago. */
  get(index: number): Buffer | undefined {
    if (index < this.#first || index >= this.#next) return undefined;
    const slot = this.#slots[index % this.#limits.packets];
    assert.ok(slot !== undefined, 'a packet between the first and the last kept is missing');
    return slot.packet;
  }

  get bytes(): number {
    return this.#bytes;
  }

  #isTooMuch(now: number): boolean {
    const oldest = this.#slots[this.#first % this.#limits.packets]!;
    return this.#bytes > this.#limits.bytes || now - oldest.at > this.#limits.ms;
  }

  #drop(): void {
    const slot = this.#first % this.#limits.packets;
    this.#bytes -= this.#slots[slot]!.packet.length;
    this.#slots[slot] = undefined;
    this.#first += 1;
  }
}
