/** Wolf of 2024: between a launch and the launch after its cancel, protocol/1 §8.8. */
export const RELAUNCH_PAUSE_MS = 4_500;

/** In what kinds of hosts differ, as far as it matters to who ends an app and when the next may start. null: not known yet. */
export interface HostTraits {
  /**
   * `perClient`: each client certificate has a session and an app of its own, and its cancel ends no other. `shared`: one app at
   * a time, and one cancel ends it for everybody.
   */
  sessions: 'perClient' | 'shared' | null;
  /** Streams go to fixed ports and are known by their address: what is left of the last one is not to meet the next. */
  relaunchPause: boolean | null;
}

export const UNKNOWN_KIND: HostTraits = { sessions: null, relaunchPause: null };

/** What one client certificate runs, as far as we saw. */
interface Running {
  appId: number;
  streaming: boolean;
}

/** Which kind a host is, learned from what it answers and never from its name. Pure. */
export class HostKind {
  readonly #learned: (traits: HostTraits) => void;
  #traits: HostTraits;
  /** By client certificate, while its session has not been lost. */
  readonly #running = new Map<number, Running>();
  /** Who was told that it runs nothing, or another app, while these ran theirs. */
  readonly #apart = new Map<number, Set<number>>();

  /** `known` from before; `learned` is called with what is known when that changes. */
  constructor(known: HostTraits = UNKNOWN_KIND, learned: (traits: HostTraits) => void = () => {}) {
    this.#traits = known;
    this.#learned = learned;
  }

  get sessions(): HostTraits['sessions'] {
    return this.#traits.sessions;
  }

  /** A pause belongs between a launch and the launch after its cancel. A host that was not seen yet may need it. */
  get needsRelaunchPause(): boolean {
    return this.#traits.relaunchPause !== false;
  }

  /** SETUP gave a ping payload, or did not. */
  streamSetUp(options: { pingPayload: boolean }): void {
    this.#learn({ relaunchPause: !options.pingPayload });
  }

  /**
   * `/serverinfo` over HTTPS said this to the client certificate, before it launched or resumed; 0 = nothing runs.
   * `hasOwn`: it may be an app of its own.
   */
  hostInfo(client: number, currentGame: number, options: { hasOwn: boolean }): void {
    this.ended(client);
    const others = [...this.#running];
    if (others.length === 0) return;
    const apart = others.filter(([, { appId }]) => appId !== currentGame).map(([id]) => id);
    if (apart.length > 0) this.#apart.set(client, new Set(apart));
    else if (!options.hasOwn && this.sessions === null) this.#learn({ sessions: 'shared' });
  }

  /** Its launch or resume was answered with yes. */
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

  /** The host is another one than it was. */
  forget(): void {
    this.#apart.clear();
    this.#learn(UNKNOWN_KIND);
  }

  /** Two that stream, and one of them was told that the app of the other does not run: so it has one of its own. */
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
