/** A browser reports at least every five seconds, with or without media. With the check once a second: under 10 s. */
const SILENT_MS = 8000;
/** One that was heard this lately and then ended has left. */
const LEFT_MS = 5000;

/** `quiet`: may be there or not, only ICE consent will tell; `gone`: what it did all the time it does no more. */
export type Presence = 'there' | 'quiet' | 'gone';

/**
 * What a viewer's silence means. Browsers send receiver reports as long as they run; other clients need not, and say nothing
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

  /** What was heard was a receiver report. */
  reported(): void {
    this.#reports = true;
  }

  /** `floodedAt`: when some viewer last sent more than is read; reports of others may be among what the port lost then. */
  presence(now: number, floodedAt: number): Presence {
    if (now - this.#receivedAt <= SILENT_MS) return 'there';
    return this.#reports && now - floodedAt > SILENT_MS ? 'gone' : 'quiet';
  }

  /** Whether a connection that ends now was ended by the viewer. `byIce`: by the consent that it did not give any more. */
  hasLeft(now: number, byIce: boolean): boolean {
    return now - this.#receivedAt <= LEFT_MS || (!byIce && !this.#reports);
  }
}
