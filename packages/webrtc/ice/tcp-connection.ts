import type { CoreOutput } from '@moonshare/sans-io';
import type { Path } from './path.ts';
import type { IceRouter, StunParty } from './router.ts';
import { FrameDecoder } from './tcp-framing.ts';

/** Whoever connects must say by then to whom. */
const INTRODUCTION_MS = 5_000;

export type TcpConnectionEvent<Party> =
  /** As from UDP: STUN is for the party's agent, anything else is from a path that it has validated. */
  | { type: 'datagram'; party: Party; path: Path; datagram: Uint8Array }
  /** Close it. Nothing comes after that. */
  | { type: 'close'; reason: 'silent' | 'stranger' | 'frame too large' };

type ConnectionState<Party> =
  | { type: 'unintroduced'; until: number }
  | { type: 'introduced'; party: Party }
  | { type: 'closed' };

/**
 * One accepted connection of ICE over TCP (RFC 6544): it must begin with a request to one of ours, and belongs to that one for good. Pure;
 * times are monotonic ms.
 */
export class IceTcpConnection<Party extends StunParty> {
  readonly #router: IceRouter<Party>;
  readonly #path: Path;
  readonly #frames = new FrameDecoder();
  #state: ConnectionState<Party>;

  constructor(router: IceRouter<Party>, path: Path, now: number) {
    this.#router = router;
    this.#path = path;
    this.#state = { type: 'unintroduced', until: now + INTRODUCTION_MS };
  }

  /** Whose it is; null before the first request. The agent is to be told when the connection ends. */
  get party(): Party | null {
    return this.#state.type === 'introduced' ? this.#state.party : null;
  }

  receive(chunk: Uint8Array, now: number): CoreOutput<TcpConnectionEvent<Party>> {
    if (this.#state.type === 'closed') return this.advance(now);
    const datagrams = this.#frames.push(chunk);
    if (datagrams === null) return this.#close('frame too large');
    const events: TcpConnectionEvent<Party>[] = [];
    for (const datagram of datagrams) {
      if (this.#state.type === 'unintroduced') {
        const party = this.#router.routeRequest(datagram);
        if (party === null) return this.#close('stranger');
        this.#state = { type: 'introduced', party };
      }
      const party = this.#router.route(datagram, this.#path);
      if (this.#state.type === 'introduced' && party === this.#state.party)
        events.push({ type: 'datagram', party, path: this.#path, datagram });
    }
    const { wakeAt, events: later } = this.advance(now);
    return { events: [...events, ...later], wakeAt };
  }

  advance(now: number): CoreOutput<TcpConnectionEvent<Party>> {
    if (this.#state.type !== 'unintroduced') return { events: [], wakeAt: Number.POSITIVE_INFINITY };
    return now < this.#state.until ? { events: [], wakeAt: this.#state.until } : this.#close('silent');
  }

  #close(reason: 'silent' | 'stranger' | 'frame too large'): CoreOutput<TcpConnectionEvent<Party>> {
    this.#state = { type: 'closed' };
    return { events: [{ type: 'close', reason }], wakeAt: Number.POSITIVE_INFINITY };
  }
}
