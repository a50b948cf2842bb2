/** A sound that is this far from its presentation time is moved: its clock and the picture's are two. */
const MOST_DRIFT_US = 40_000;
/** A longer jump means that the clock was set. */
const LONGEST_PAUSE_US = 10_000_000;
/** Up to this many lost packets are replaced by the one before, which is hardly heard. */
const MOST_REPLACED_US = 60_000;

export interface PacketTime {
  /** Where the packet is on a media source's time line, us. */
  startUs: number;
  /** Packets to put before it, in place of those that are missing. */
  replaced: number;
}

/**
 * Places packets of sound on a time line that begins with the first one, one after the other, since their presentation times are rounded. Only after a
 * long loss there is a gap. No clock: all times are presentation times.
 */
export class PacketTimes {
  readonly #packetUs: number;
  /** Presentation time where the time line begins. */
  #originUs: number | null = null;
  #sequence = 0;
  #endUs = 0;

  constructor(packetUs: number) {
    this.#packetUs = packetUs;
  }

  /** The presentation time at this place of the time line, us; null: there is none yet. */
  presented(atUs: number): number | null {
    return this.#originUs === null ? null : this.#originUs + atUs;
  }

  /** `sequence`: of the packet, u16. null: leave it out. */
  next(sequence: number, timeUs: number): PacketTime | null {
    if (this.#originUs === null) this.#originUs = timeUs;
    else {
      const missing = (sequence - this.#sequence - 1 + 2 ** 16) % 2 ** 16;
      // Older than the one before.
      if (missing >= 2 ** 15) return null;
      const lateUs = timeUs - this.#originUs - this.#endUs;
      const gapUs = Math.abs(lateUs - missing * this.#packetUs) > MOST_DRIFT_US ? lateUs : missing * this.#packetUs;
      this.#sequence = sequence;
      if (Math.abs(gapUs) > LONGEST_PAUSE_US) this.#originUs += gapUs;
      else if (gapUs < 0) return null;
      else return this.#placed(gapUs);
    }
    this.#sequence = sequence;
    return this.#placed(0);
  }

  #placed(gapUs: number): PacketTime {
    const replaced = gapUs <= MOST_REPLACED_US ? Math.round(gapUs / this.#packetUs) : 0;
    const startUs = this.#endUs + (gapUs <= MOST_REPLACED_US ? replaced * this.#packetUs : gapUs);
    this.#endUs = startUs + this.#packetUs;
    return { startUs, replaced };
  }
}
