import type { Negotiation as NegotiationMessage, SessionDescription } from '@moonshare/contract/browser';
import { type Problem, problem } from '../problem.ts';
import { askForStereo, SurroundOffers, withoutSurround } from './audio-sdp.ts';

/** How long ICE and DTLS get after the answer. */
const CONNECT_TIMEOUT_MS = 15_000;
/** `disconnected` may recover by itself. After the first of these, ICE is restarted; after the second, the connection is given up. */
const RESTART_AFTER_MS = 1000;
const DISCONNECTED_TIMEOUT_MS = 5000;
/** Candidates kept until there is a description; a server sends far fewer. */
const MAX_EARLY_CANDIDATES = 64;

export interface OfferNegotiationEvents {
  signal(message: NegotiationMessage): void;
  connected(): void;
  /** The peer connection is unusable: make another. Called once, and never after `close()`. */
  failed(problem: Problem): void;
}

/**
 * Offer, answer and candidates of one peer connection. The browser always makes the offer: surround is only accepted that way, and
 * glare resolves in its favour (protocol/4 §4). So an offer from the server only means that there is something to negotiate.
 */
export class OfferNegotiation {
  readonly #connection: RTCPeerConnection;
  readonly #events: OfferNegotiationEvents;
  /** null: stereo only. */
  #surround: SurroundOffers | null;
  #release = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #earlyCandidates: RTCIceCandidateInit[] = [];
  #connectedOnce = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  /** What is done since it was last connected. */
  #recovery: 'none' | 'waiting' | 'restarted' = 'none';

  /** The caller owns `peer` and has added its data channels. `surround`: accept 5.1 and 7.1 if the host sends them. */
  constructor(peer: RTCPeerConnection, events: OfferNegotiationEvents, { surround }: { surround: boolean }) {
    this.#connection = peer;
    this.#events = events;
    this.#surround = surround ? new SurroundOffers() : null;
    const { signal } = this.#release;
    peer.addEventListener('icecandidate', (event) => this.#onLocalCandidate(event.candidate), { signal });
    peer.addEventListener('connectionstatechange', () => this.#onConnectionState(), { signal });
  }

  /** Sends the first offer: to receive video and audio, and the data channels. */
  start(): void {
    this.#connection.addTransceiver('video', { direction: 'recvonly' });
    this.#connection.addTransceiver('audio', { direction: 'recvonly' });
    this.#enqueue(() => this.#offer());
  }

  receive(message: NegotiationMessage): void {
    this.#enqueue(async () => {
      if ('Description' in message) await this.#onDescription(message.Description);
      else await this.#onRemoteCandidate(message.AddIceCandidate);
    });
  }

  close(): void {
    this.#release.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#restartTimer);
  }

  /** One step at a time: descriptions and candidates must not overtake each other. */
  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#release.signal.aborted ? undefined : step()))
      .catch(() => this.#fail(problem('SERVER_BAD_REPLY')));
  }

  async #onDescription({ ty, sdp }: SessionDescription): Promise<void> {
    const state = this.#connection.signalingState;
    if (ty === 'offer' && state === 'stable') await this.#offer();
    if (ty !== 'answer' && ty !== 'pranswer') return;
    if (state !== 'have-local-offer' && state !== 'have-remote-pranswer') return;
    await this.#connection.setRemoteDescription({ type: ty, sdp });
    if (!this.#connectedOnce) this.#failAfter(CONNECT_TIMEOUT_MS, 'VIEWER_UNREACHABLE');
    const early = this.#earlyCandidates;
    this.#earlyCandidates = [];
    for (const candidate of early) await this.#addCandidate(candidate);
  }

  async #onRemoteCandidate(message: Extract<NegotiationMessage, { AddIceCandidate: unknown }>['AddIceCandidate']) {
    const candidate: RTCIceCandidateInit = {
      candidate: message.candidate,
      sdpMid: message.sdp_mid ?? null,
      sdpMLineIndex: message.sdp_mline_index ?? null,
      usernameFragment: message.username_fragment ?? null,
    };
    if (this.#connection.remoteDescription !== null) await this.#addCandidate(candidate);
    else if (this.#earlyCandidates.length < MAX_EARLY_CANDIDATES) this.#earlyCandidates.push(candidate);
  }

  async #addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    // One bad candidate must not end a connection that others can establish.
    await this.#connection.addIceCandidate(candidate).catch(() => undefined);
  }

  async #offer(): Promise<void> {
    const { sdp = '' } = await this.#connection.createOffer();
    await this.#describe(askForStereo(sdp));
    this.#events.signal({ Description: { ty: 'offer', sdp: this.#connection.localDescription?.sdp ?? '' } });
  }

  /** With surround; from now on without, if the browser does not allow its offer to be changed. */
  async #describe(sdp: string): Promise<void> {
    if (this.#surround !== null) {
      try {
        return await this.#connection.setLocalDescription({ type: 'offer', sdp: this.#surround.addTo(sdp) });
      } catch {
        this.#surround = null;
      }
    }
    await this.#connection.setLocalDescription({ type: 'offer', sdp: withoutSurround(sdp) });
  }

  #onLocalCandidate(candidate: RTCIceCandidate | null): void {
    // protocol/4 §3: the end of candidates (null or empty) is never sent.
    if (candidate === null || candidate.candidate === '') return;
    this.#events.signal({
      AddIceCandidate: {
        candidate: candidate.candidate,
        sdp_mid: candidate.sdpMid,
        sdp_mline_index: candidate.sdpMLineIndex,
        username_fragment: candidate.usernameFragment,
      },
    });
  }

  #onConnectionState(): void {
    switch (this.#connection.connectionState) {
      case 'connected':
        clearTimeout(this.#timer);
        clearTimeout(this.#restartTimer);
        this.#connectedOnce = true;
        this.#recovery = 'none';
        this.#events.connected();
        break;
      case 'disconnected':
        if (this.#recovery !== 'none') break;
        this.#recovery = 'waiting';
        this.#failAfter(DISCONNECTED_TIMEOUT_MS, 'MEDIA_LOST');
        this.#restartTimer = setTimeout(() => this.#restart(), RESTART_AFTER_MS);
        break;
      case 'failed':
        if (!this.#connectedOnce) this.#fail(problem('VIEWER_UNREACHABLE'));
        else {
          if (this.#recovery === 'none') this.#failAfter(DISCONNECTED_TIMEOUT_MS, 'MEDIA_LOST');
          this.#restart();
        }
        break;
      case 'closed':
        this.#fail(problem(this.#connectedOnce ? 'MEDIA_LOST' : 'VIEWER_UNREACHABLE'));
        break;
    }
  }

  /** Looks for another path, from wherever the browser is now: the session goes on as it is. A server that cannot ends the viewer. */
  #restart(): void {
    if (this.#recovery === 'restarted') return;
    this.#recovery = 'restarted';
    clearTimeout(this.#restartTimer);
    this.#connection.restartIce();
    // With an offer that is open, its answer comes to nothing, and the connection is given up in time.
    this.#enqueue(async () => {
      if (this.#connection.signalingState === 'stable') await this.#offer();
    });
  }

  #failAfter(delay: number, code: 'MEDIA_LOST' | 'VIEWER_UNREACHABLE'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(problem(code)), delay);
  }

  #fail(why: Problem): void {
    if (this.#release.signal.aborted) return;
    this.close();
    this.#events.failed(why);
  }
}
