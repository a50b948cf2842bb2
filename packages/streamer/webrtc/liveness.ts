/** A browser reports at least every five seconds, with or without media. Checked once a second: noticed in under 10 s. */
const SILENT_MS = 8000;
/** A viewer received from this recently has left if its connection ends. */
const LEFT_MS = 5000;

/** `quiet`: may be there or not, only ICE consent will show; `gone`: it has stopped reporting. */
export type Presence = 'there' | 'quiet' | 'gone';

/**
 * What a viewer's silence means. Browsers send receiver reports as long as they run; other clients need not, and send nothing
 * while nobody types. Pure; times are monotonic ms.
 */
export class Liveness {
  #receivedAt: number;
  #reports = false;

  constructor(now: number) {
    this.#receivedAt = now;
  }

  received(now: number): void {
    this.#receivedAt = now;
  }

  /** A receiver report was received. */
  reported(): void {
    this.#reports = true;
  }

  /** `floodedAt`: when any viewer last sent more than is read; the port may have lost the reports of others then. */
  presence(now: number, floodedAt: number): Presence {
    if (now - this.#receivedAt <= SILENT_MS) return 'there';
    return this.#reports && now - floodedAt > SILENT_MS ? 'gone' : 'quiet';
  }

  /** Whether a connection that ends now was ended by the viewer. `byIce`: it ended because ICE consent expired. */
  hasLeft(now: number, byIce: boolean): boolean {
    return now - this.#receivedAt <= LEFT_MS || (!byIce && !this.#reports);
  }
}
