/** For Wolf of 2024: between a launch and the next launch after its cancel, protocol/1 §8.8. */
export const RELAUNCH_PAUSE_MS = 4_500;

/** How hosts differ, as far as it matters for who ends an app and when the next may start. null: not known yet. */
export interface HostTraits {
  /**
   * `perClient`: each client certificate has its own session and app, and its cancel ends no other. `shared`: one app at
   * a time, and one cancel ends it for everyone.
   */
  sessions: 'perClient' | 'shared' | null;
  /** Streams use fixed ports and are identified by address: the remains of the last one must not meet the next. */
  relaunchPause: boolean | null;
}

export const UNKNOWN_KIND: HostTraits = { sessions: null, relaunchPause: null };

/** What one client certificate is running, as far as we have seen. */
interface Running {
  appId: number;
  streaming: boolean;
}

/** Learns what kind of host it is from its answers, never from its name. Pure. */
export class HostKind {
  readonly #learned: (traits: HostTraits) => void;
  #traits: HostTraits;
  /** By client certificate, while its session has not been lost. */
  readonly #running = new Map<number, Running>();
  /** Clients that were told nothing, or another app, was running, and those running theirs at that time. */
  readonly #apart = new Map<number, Set<number>>();

  /** `known`: from earlier; `learned` is called with everything known when that changes. */
  constructor(known: HostTraits = UNKNOWN_KIND, learned: (traits: HostTraits) => void = () => {}) {
    this.#traits = known;
    this.#learned = learned;
  }

  get sessions(): HostTraits['sessions'] {
    return this.#traits.sessions;
  }

  /** Whether a pause is needed between a launch and the next launch after its cancel. A new host may need it. */
  get needsRelaunchPause(): boolean {
    return this.#traits.relaunchPause !== false;
  }

  /** Whether SETUP returned a ping payload. */
  streamSetUp(options: { pingPayload: boolean }): void {
    this.#learn({ relaunchPause: !options.pingPayload });
  }

  /**
   * `/serverinfo` over HTTPS reported this to the client certificate, before it launched or resumed; 0 = nothing running.
   * `hasOwn`: it may be its own app.
   */
  hostInfo(client: number, currentGame: number, options: { hasOwn: boolean }): void {
    this.ended(client);
    const others = [...this.#running];
    if (others.length === 0) return;
    const apart = others.filter(([, { appId }]) => appId !== currentGame).map(([id]) => id);
    if (apart.length > 0) this.#apart.set(client, new Set(apart));
    else if (!options.hasOwn && this.sessions === null) this.#learn({ sessions: 'shared' });
  }

  /** Its launch or resume succeeded. */
  launched(client: number, appId: number): void {
    this.#running.set(client, { appId, streaming: false });
  }

  /** It has a picture. */
  streaming(client: number): void {
    const running = this.#running.get(client);
    if (running === undefined) return;
    running.streaming = true;
    this.#conclude();
  }

  /** Its stream was lost or left. */
  ended(client: number): void {
    this.#running.delete(client);
    this.#apart.delete(client);
    for (const others of this.#apart.values()) others.delete(client);
  }

  /** The host is a different one now. */
  forget(): void {
    this.#apart.clear();
    this.#learn(UNKNOWN_KIND);
  }

  /** Two are streaming, and one of them was told that the other's app was not running: so it has its own. */
  #conclude(): void {
    const streams = (client: number) => this.#running.get(client)?.streaming === true;
    for (const [client, others] of this.#apart) {
      if (streams(client) && [...others].some(streams)) this.#learn({ sessions: 'perClient' });
    }
  }

  #learn(traits: Partial<HostTraits>): void {
    const before = this.#traits;
    this.#traits = { ...before, ...traits };
    const { sessions, relaunchPause } = this.#traits;
    if (sessions !== before.sessions || relaunchPause !== before.relaunchPause) this.#learned(this.#traits);
  }
}
