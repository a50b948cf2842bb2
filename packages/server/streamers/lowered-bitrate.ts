import type { CoreOutput } from '@moonshare/sans-io';

/** Between two changes: this is how long it may take until viewers have been tried with the smaller stream. */
const CHANGE_PAUSE_MS = 40_000;
/** The picture gets this share of what a network carries; sound and resent packets need the rest. */
const SHARE = 0.8;
/** A lower bitrate is at most this share of the current one. */
const LEAST_STEP = 0.8;
/** The bitrate never falls below this share of what was asked for, nor below this, kbit/s. */
const LEAST_PART = 0.1;
const LEAST_KBPS = 300;
/** The factor of each step up. */
const GROWTH = 1.5;
/** For how long no viewer may be reduced before a step up, doubled each time that a step was too much. */
const RAISE_AFTER_MS = 60_000;
const LONGEST_RAISE_MS = 960_000;
/** A step up was too much if most viewers are reduced within this time. */
const JUDGED_MS = 60_000;

/** Ask the host for this bitrate. */
export interface BitrateRequest {
  type: 'request';
  kbps: number;
}

export interface Viewer {
  id: string;
  /** Whoever watches, perhaps in several tabs. */
  person: string;
}

/** A viewer's network, kbit/s; null: not known. */
type Network = number | null;

/**
 * Which bitrate to ask the host for when the networks of viewers are too slow: while most people are reduced, what most of their
 * networks carry; once none is, step by step more, after 1, 2, 4, 8 and then 16 minutes if an earlier step was too much. A person is
 * reduced while most of their viewers are: whoever opens many slow ones does not decide for everyone. Pure; times are monotonic ms.
 */
export class LoweredBitrate {
  #askedKbps: number;
  /** By ID. `network`: of one that gets key frames only, else undefined. */
  readonly #viewers = new Map<string, { person: string; network: Network | undefined }>();
  #kbps: number;
  #changedAt = Number.NEGATIVE_INFINITY;
  #raisedAt = Number.NEGATIVE_INFINITY;
  /** Since when nobody has been reduced. */
  #clearSince = Number.NEGATIVE_INFINITY;
  #failedRaises = 0;

  /** `askedKbps`: what was asked for, and is never exceeded. */
  constructor(askedKbps: number) {
    this.#askedKbps = askedKbps;
    this.#kbps = askedKbps;
  }

  left(viewerId: string, now: number): CoreOutput<BitrateRequest> {
    this.#viewers.delete(viewerId);
    return this.#changed(now);
  }

  /** `network`: of a viewer that gets key frames only from now on; undefined: of one that gets more, or has just come. */
  rung({ id, person }: Viewer, network: Network | undefined, now: number): CoreOutput<BitrateRequest> {
    this.#viewers.set(id, { person, network });
    return this.#changed(now);
  }

  /** Another bitrate was asked for, and the host has applied it. */
  asked(kbps: number, now: number): void {
    this.#askedKbps = kbps;
    this.#kbps = kbps;
    this.#changedAt = now;
  }

  /** The host has applied this. */
  applied(kbps: number): void {
    this.#kbps = Math.min(kbps, this.#askedKbps);
  }

  advance(now: number): CoreOutput<BitrateRequest> {
    const people = this.#people();
    const short = people.filter((network) => network !== undefined);
    if (short.length * 2 > people.length) return this.#lower(short, now);
    const isLowered = this.#kbps < this.#askedKbps;
    if (short.length > 0 || !isLowered) return { events: [], wakeAt: Number.POSITIVE_INFINITY };
    const raiseAt = Math.max(this.#clearSince + this.#raiseAfterMs, this.#changedAt + CHANGE_PAUSE_MS);
    if (now < raiseAt) return { events: [], wakeAt: raiseAt };
    this.#raisedAt = now;
    this.#clearSince = now;
    return this.#request(Math.min(Math.round(this.#kbps * GROWTH), this.#askedKbps), now);
  }

  #lower(short: readonly Network[], now: number): CoreOutput<BitrateRequest> {
    const least = Math.max(LEAST_KBPS, this.#askedKbps * LEAST_PART);
    if (this.#kbps <= least) return { events: [], wakeAt: Number.POSITIVE_INFINITY };
    const lowerAt = this.#changedAt + CHANGE_PAUSE_MS;
    const wasRaised = now - this.#raisedAt < JUDGED_MS;
    if (now < lowerAt && !wasRaised) return { events: [], wakeAt: lowerAt };
    if (wasRaised) {
      this.#failedRaises += 1;
      this.#raisedAt = Number.NEGATIVE_INFINITY;
    }
    const carried = typical(short) ?? Number.POSITIVE_INFINITY;
    const kbps = Math.min(carried * SHARE, this.#kbps * LEAST_STEP);
    return this.#request(Math.round(Math.max(least, kbps)), now);
  }

  #request(kbps: number, now: number): CoreOutput<BitrateRequest> {
    this.#changedAt = now;
    this.#kbps = kbps;
    return { events: [{ type: 'request', kbps }], wakeAt: now + CHANGE_PAUSE_MS };
  }

  #changed(now: number): CoreOutput<BitrateRequest> {
    if (this.#people().some((network) => network !== undefined)) this.#clearSince = Number.POSITIVE_INFINITY;
    else if (this.#clearSince === Number.POSITIVE_INFINITY) this.#clearSince = now;
    return this.advance(now);
  }

  /** The network of each person who is reduced; undefined: of one who is not. */
  #people(): (Network | undefined)[] {
    const people = Map.groupBy(this.#viewers.values(), ({ person }) => person);
    return [...people.values()].map((viewers) => {
      const short = viewers.flatMap(({ network }) => (network === undefined ? [] : [network]));
      return short.length * 2 > viewers.length ? typical(short) : undefined;
    });
  }

  get #raiseAfterMs(): number {
    return Math.min(RAISE_AFTER_MS * 2 ** this.#failedRaises, LONGEST_RAISE_MS);
  }
}

/** As much as at least half of these carry, as far as is known. */
function typical(networks: readonly Network[]): Network {
  const known = networks.filter((kbps) => kbps !== null).sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}
