import type { ErrorCode, HostState, MoonshareError, Negotiation, ServerSignal } from '@moonshare/contract';
import { currentSignals, hostSignals } from '../streamers/host-signals.ts';
import type { PeerSignals } from '../streamers/peer-signals.ts';

const LAUNCH = 'Launch Streamer';
const SETUP = 'Setup WebRTC Peer';
const NEGOTIATION = 'WebRTC Peer Negotiation';
/** A host connection has some ten stages. */
const MAX_HELD = 64;

/** Errors that the older contract has words for; all others are InternalServerError. */
const ERROR_SIGNALS: Partial<Record<ErrorCode, ServerSignal>> = {
  HOST_NOT_FOUND: 'HostNotFound',
  HOST_NOT_PAIRED: 'HostNotPaired',
  APP_NOT_FOUND: 'AppNotFound',
  HOST_BUSY: 'AlreadyStreaming',
  STREAMER_EXISTS: 'AlreadyStreaming',
};

export function errorSignal(error: MoonshareError): ServerSignal {
  return ERROR_SIGNALS[error.code] ?? 'InternalServerError';
}

/** For the legacy socket, protocol/4 §3: the peer is set up first, then the host. */
export class LegacySignals implements PeerSignals {
  /** UpdateApp has been sent: from now on a failure is reported as a stage or an end. */
  #begun = false;
  #opened = false;
  #complete = false;
  /** No step of the host connection is in progress. */
  #settled = false;
  /** The host’s messages, held until the peer connection is up. */
  #held: ServerSignal[] = [];
  /** The offer with media, held until the host’s last step is reported. */
  #offer: ServerSignal[] = [];

  introduced({ iceServers, app, host }: Parameters<PeerSignals['introduced']>[0]): ServerSignal[] {
    this.#begun = true;
    this.#opened = false;
    this.#held = currentSignals(host);
    this.#offer = [];
    this.#settle(host);
    return [
      { UpdateApp: { app } },
      { StageComplete: { stage: LAUNCH } },
      { StageStarting: { stage: SETUP } },
      { WebRtcConfig: { ice_servers: iceServers } },
      { StageComplete: { stage: SETUP } },
      { StageStarting: { stage: NEGOTIATION } },
    ];
  }

  opened(): ServerSignal[] {
    this.#opened = true;
    return this.#held.splice(0);
  }

  host(before: HostState | null, host: HostState): ServerSignal[] {
    const signals = hostSignals(before, host);
    if (host.state !== 'ended') this.#settle(host);
    if (this.#opened) return this.#settled ? [...signals, ...this.#offer.splice(0)] : signals;
    this.#held.push(...signals.slice(0, MAX_HELD - this.#held.length));
    return [];
  }

  negotiation(message: Negotiation): ServerSignal[] {
    const signal = { Signaling: message };
    const isOffer = 'Description' in message && message.Description.ty === 'offer';
    if (!this.#opened || this.#settled || !isOffer) return [signal];
    this.#offer = [signal];
    return [];
  }

  terminated(code: number): ServerSignal[] {
    return this.#begun ? [...this.#held.splice(0), { ConnectionTerminated: { error_code: code } }] : [];
  }

  disconnected(): ServerSignal[] {
    return this.#begun ? ['PeerDisconnect'] : [];
  }

  closed(error: MoonshareError | null): ServerSignal[] {
    if (error === null) return [];
    if (!this.#begun) return [errorSignal(error)];
    return error.code === 'HOST_BUSY' && !this.#complete ? ['AlreadyStreaming'] : [];
  }

  #settle(host: HostState | null): void {
    this.#settled = host?.state === 'streaming';
    this.#complete ||= this.#settled;
  }
}
