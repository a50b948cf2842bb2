import type { ErrorCode, MoonshareError, Negotiation, ServerSignal } from '@moonshare/contract';

const LAUNCH = 'Launch Streamer';
const SETUP = 'Setup WebRTC Peer';
const NEGOTIATION = 'WebRTC Peer Negotiation';
/** A host connection has some ten stages. */
const MAX_HELD = 64;

/** What the older contract has words for; anything else is an InternalServerError. */
const WORDS: Partial<Record<ErrorCode, ServerSignal>> = {
  HOST_NOT_FOUND: 'HostNotFound',
  HOST_NOT_PAIRED: 'HostNotPaired',
  APP_NOT_FOUND: 'AppNotFound',
  HOST_BUSY: 'AlreadyStreaming',
  STREAMER_EXISTS: 'AlreadyStreaming',
};

export function errorWord(error: MoonshareError): ServerSignal {
  return WORDS[error.code] ?? 'InternalServerError';
}

/** Brings what a streamer says into the order of the legacy socket, protocol/4 §3: the peer first, then the host. */
export class LegacyOrder {
  #config: ServerSignal | null = null;
  /** UpdateApp has been sent: what fails from now on is told as a stage or an end. */
  #begun = false;
  #opened = false;
  #complete = false;
  /** No step of the host connection is under way. */
  #settled = false;
  #terminated = false;
  /** Of the host, until the peer connection is up. */
  #held: ServerSignal[] = [];
  /** The offer with media, until the host's last step is told. */
  #offer: ServerSignal[] = [];

  /** What to send for this message of the streamer. */
  next(message: ServerSignal): ServerSignal[] {
    if (typeof message === 'string') return this.#begun ? [message] : [];
    if ('Signaling' in message) return this.#signal(message);
    if ('StreamerState' in message) return [];
    if ('WebRtcConfig' in message) {
      this.#config = message;
      this.#opened = false;
      this.#settled = false;
      // A streamer tells a peer that is new to it all that counts now.
      this.#held = [];
      this.#offer = [];
      return [];
    }
    if ('UpdateApp' in message) return this.#begin(message);
    if ('ConnectionTerminated' in message) return this.#terminate(message);
    if ('StageStarting' in message) this.#settled = false;
    if ('ConnectionComplete' in message) {
      this.#complete = true;
      this.#settled = true;
    }
    if (this.#opened) return this.#settled ? [message, ...this.#offer.splice(0)] : [message];
    if (this.#held.length < MAX_HELD) this.#held.push(message);
    return [];
  }

  /** The peer connection is up: now the host's stages may be told. */
  opened(): ServerSignal[] {
    this.#opened = true;
    return this.#held.splice(0);
  }

  /** The last words before the socket is closed. */
  ended(error: MoonshareError | null): ServerSignal[] {
    if (error === null) return [];
    if (!this.#begun) return [errorWord(error)];
    return error.code === 'HOST_BUSY' && !this.#complete ? ['AlreadyStreaming'] : [];
  }

  #signal(message: ServerSignal & { Signaling: Negotiation }): ServerSignal[] {
    const { Signaling: signal } = message;
    if (!this.#opened || this.#settled || !('Description' in signal) || signal.Description.ty !== 'offer')
      return [message];
    this.#offer = [message];
    return [];
  }

  #begin(app: ServerSignal): ServerSignal[] {
    this.#begun = true;
    return [
      app,
      { StageComplete: { stage: LAUNCH } },
      { StageStarting: { stage: SETUP } },
      ...(this.#config === null ? [] : [this.#config]),
      { StageComplete: { stage: SETUP } },
      { StageStarting: { stage: NEGOTIATION } },
    ];
  }

  /** Told once, though the streamer and the server each say it. */
  #terminate(message: ServerSignal): ServerSignal[] {
    if (!this.#begun || this.#terminated) return [];
    this.#terminated = true;
    return [...this.#held.splice(0), message];
  }
}
