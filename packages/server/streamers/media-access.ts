import type { ServerSignal, TransportChoice, TransportKind } from '@moonshare/contract';
import { MediaTickets, type Redeemed } from './media-tickets.ts';
import type { PeerSession } from './peer-session.ts';

/** Which transports the peers of one streamer may use, and the tickets for their media sockets. Times are monotonic ms. */
export class MediaAccess {
  readonly #choice: TransportChoice;
  readonly #tickets = new MediaTickets();

  /** `choice`: the transport that the operator of this server wants. */
  constructor(choice: TransportChoice) {
    this.#choice = choice;
  }

  /** Front ends that did not subscribe to events are older than media sockets: they get WebRTC, whatever the setting. */
  transports({ wantsEvents }: PeerSession): TransportKind[] {
    if (!wantsEvents) return ['webrtc'];
    return this.#choice === 'auto' ? ['webrtc', 'websocket'] : [this.#choice];
  }

  /** What a peer is told before it negotiates. */
  options({ wantsEvents }: PeerSession): ServerSignal[] {
    return wantsEvents ? [{ MediaOptions: { transport: this.#choice } }] : [];
  }

  /** The answer to a peer that wants to open a media socket; none if it may not. */
  ticket(peer: PeerSession, now: number): ServerSignal[] {
    if (!this.transports(peer).includes('websocket')) return [];
    return [{ MediaTicket: { ticket: this.#tickets.issue(peer.id, now) } }];
  }

  redeem(ticket: string, now: number): Redeemed {
    return this.#tickets.redeem(ticket, now);
  }

  gone(peerId: string): void {
    this.#tickets.gone(peerId);
  }
}
