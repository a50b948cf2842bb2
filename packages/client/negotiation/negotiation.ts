import type { Negotiation as NegotiationMessage, SessionDescription } from '@moonshare/contract';
import { type Problem, problem } from '../connection/problem.ts';
import { askForStereo } from './sdp.ts';

/** After the answer, ICE and DTLS get this long. */
const CONNECT_TIMEOUT_MS = 15_000;
/** `disconnected` heals by itself or not; longer than this it does not. */
const DISCONNECTED_TIMEOUT_MS = 5000;
/** Candidates kept until there is a description; a server has far fewer. */
const MAX_EARLY_CANDIDATES = 64;

export interface NegotiationEvents {
  signal(message: NegotiationMessage): void;
  connected(): void;
  /** The peer connection is of no more use: make another. Called once, and never after `close()`. */
  failed(problem: Problem): void;
}

/**
 * Offer, answer and candidates of one peer connection. The browser offers; an offer of the server is answered when none
 * of ours is open (protocol/4 §4: glare resolves in the browser's favour, so the server answers ours instead).
 */
export class Negotiation {
  readonly #peer: RTCPeerConnection;
  readonly #events: NegotiationEvents;
  #release = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #earlyCandidates: RTCIceCandidateInit[] = [];
  #connectedOnce = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The caller owns `peer` and has added its data channels. */
  constructor(peer: RTCPeerConnection, events: NegotiationEvents) {
    this.#peer = peer;
    this.#events = events;
    const { signal } = this.#release;
    peer.addEventListener('icecandidate', (event) => this.#onLocalCandidate(event.candidate), { signal });
    peer.addEventListener('connectionstatechange', () => this.#onConnectionState(), { signal });
  }

  /** Sends the first offer: video and audio to receive, and the data channels. */
  start(): void {
    this.#peer.addTransceiver('video', { direction: 'recvonly' });
    this.#peer.addTransceiver('audio', { direction: 'recvonly' });
    this.#enqueue(async () => {
      await this.#peer.setLocalDescription(stereo(await this.#peer.createOffer()));
      this.#sendDescription('offer');
    });
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
  }

  /** One step at a time: descriptions and candidates must not overtake each other. */
  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#release.signal.aborted ? undefined : step()))
      .catch(() => this.#fail(problem('SERVER_BAD_REPLY')));
  }

  async #onDescription({ ty, sdp }: SessionDescription): Promise<void> {
    const state = this.#peer.signalingState;
    if (ty === 'answer' || ty === 'pranswer') {
      if (state !== 'have-local-offer' && state !== 'have-remote-pranswer') return;
      await this.#peer.setRemoteDescription({ type: ty, sdp });
    } else if (ty === 'offer') {
      if (state !== 'stable') return;
      await this.#peer.setRemoteDescription({ type: 'offer', sdp });
      await this.#peer.setLocalDescription(stereo(await this.#peer.createAnswer()));
      this.#sendDescription('answer');
    } else return;
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
    if (this.#peer.remoteDescription !== null) await this.#addCandidate(candidate);
    else if (this.#earlyCandidates.length < MAX_EARLY_CANDIDATES) this.#earlyCandidates.push(candidate);
  }

  async #addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    // One bad candidate must not end a connection that others can carry.
    await this.#peer.addIceCandidate(candidate).catch(() => undefined);
  }

  #sendDescription(ty: 'offer' | 'answer'): void {
    this.#events.signal({ Description: { ty, sdp: this.#peer.localDescription?.sdp ?? '' } });
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
    switch (this.#peer.connectionState) {
      case 'connected':
        clearTimeout(this.#timer);
        this.#connectedOnce = true;
        this.#events.connected();
        break;
      case 'disconnected':
        this.#failAfter(DISCONNECTED_TIMEOUT_MS, 'MEDIA_LOST');
        break;
      case 'failed':
      case 'closed':
        this.#fail(problem(this.#connectedOnce ? 'MEDIA_LOST' : 'VIEWER_UNREACHABLE'));
        break;
    }
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

function stereo(description: RTCSessionDescriptionInit): RTCSessionDescriptionInit {
  return { type: description.type, sdp: askForStereo(description.sdp ?? '') };
}
