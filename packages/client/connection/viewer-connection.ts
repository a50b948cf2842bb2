import type {
  ClientSignal,
  GeneralMessage,
  HostEncryption,
  IceServer,
  ServerSignal,
  TransportChoice,
  TransportKind,
  ViewerInput,
} from '@moonshare/contract/browser';

import type { PictureCounters } from '../picture/freeze-detector.ts';
import { type Problem, problem } from '../problem.ts';
import { readShare, type StreamShare, WHOLE_STREAM } from '../transport/stream-share.ts';
import { usableTransports } from '../transport/transport-choice.ts';
import { UdpMemory } from '../transport/udp-memory.ts';
import { type MediaStatistics, ViewerMedia } from '../transport/viewer-media.ts';
import { backoff, stepLimit } from './backoff.ts';
import { ConnectionMonitor, onNetworkChange } from './connection-monitor.ts';
import { ControlledConnection } from './controlled-connection.ts';
import { HeldInput } from './held-input.ts';
import { LinkRenewal } from './link-renewal.ts';
import { Signalling } from './signalling.ts';
import type { ReceiveCounters } from './stall-detector.ts';
import { askProvider, exchangeToken, type TokenProvider, type TokenResult } from './token.ts';
import { supportedTransports, transportFactories } from './transport-factories.ts';
import { nextState, type ViewerEvent, type ViewerState } from './viewer-state.ts';

export interface ViewerConnectionOptions {
  /** The URL of the server, including any path prefix: `https://example.org/moonshare/`. */
  base: string | URL;
  streamerId: string;
  /** The token of a link. Left out where a proxy adds the credentials, or with `tokenProvider`. */
  token?: string;
  /** Asked before each join, so that tokens may be short-lived; a connection that is up does not need it. */
  tokenProvider?: TokenProvider;
  /** Ask for stereo even if the host sends surround and the browser could play it. */
  stereo?: boolean;
  /** The transport for picture, sound and input, unless the server forces one; `auto` (the default): whichever works. */
  transport?: TransportChoice;
  /** What the person wants to be called, unless the link or a login says it. */
  name?: string;
}

/** Minimum time between attempts triggered by network changes. */
const RETRY_EVERY_MS = 1000;

/**
 * One viewer of one streamer: token, socket, media, and all of them again whenever they are lost.
 * `open()` starts it, `close()` releases everything; both may be called again.
 */
export class ViewerConnection extends ControlledConnection {
  #options: { base: URL; streamerId: string; linkToken: string | null };
  readonly #choice: TransportChoice;
  readonly #media: ViewerMedia;
  /** The server's wish, for the current socket; null: it has no media socket. */
  #offer: TransportChoice | null = null;
  /** What may be opened for the current peer. */
  #transports: readonly TransportKind[] = [];
  /** Why this browser cannot use WebRTC; `isOvercome`: the WebSocket has carried since. */
  #refusal: { why: Problem; isOvercome: boolean } | null = null;
  #share = WHOLE_STREAM;
  #renewal: LinkRenewal | null;
  #provider: TokenProvider | null;
  #pin: string | null = null;
  #state: ViewerState = { kind: 'idle' };
  #attempt = new AbortController();
  #signalling: Signalling | undefined;
  /** Watches `#signalling` and what it set up; absent with servers that cannot be asked. */
  #monitor: ConnectionMonitor | undefined;
  /** A dead socket, kept open until the next one has replaced it: when it closes, the server releases what is held. */
  #retiring: Signalling | undefined;
  /** Lets the next socket take over what this one holds. */
  #resume: string | null = null;
  #held = new HeldInput();
  #networkListener = new AbortController();
  #joinedAt = 0;
  #limitTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #touchSupported = false;
  #hostChannels = 2;
  #hostEncryption: HostEncryption | null = null;

  constructor(options: ViewerConnectionOptions) {
    super(options.name ?? null);
    const base = new URL(options.base);
    if (!base.pathname.endsWith('/')) base.pathname += '/';
    const { streamerId, token } = options;
    this.#options = { base, streamerId, linkToken: token ?? null };
    this.#choice = options.transport ?? 'auto';
    this.#provider = options.tokenProvider ?? null;
    this.#media = new ViewerMedia({
      udp: new UdpMemory(base),
      factories: transportFactories({ base, streamerId, stereo: options.stereo ?? false }),
      events: {
        signal: (signal) => this.signal(signal),
        connected: () => this.#dispatch({ type: 'peerConnected' }),
        stream: (stream) => this.emit('stream', stream),
        carried: (by) => this.#onCarried(by),
        ready: () => this.#onInputReady(),
        feedback: (feedback) => this.emit('feedback', feedback),
        general: (message) => this.#onGeneral(message),
        lost: (why) => this.#onMediaLost(why),
      },
    });
    this.#renewal = token === undefined ? null : new LinkRenewal({ base, streamerId, link: token });
  }

  /** From the next join on; the connection that is up is left alone. */
  setToken(token: string | null): void {
    const { base, streamerId } = this.#options;
    if (token === this.#options.linkToken) return;
    this.#options = { base, streamerId, linkToken: token };
    this.#renewal = token === null ? null : new LinkRenewal({ base, streamerId, link: token });
  }

  /** From the next join on. */
  set tokenProvider(provider: TokenProvider | null) {
    this.#provider = provider;
  }

  get state(): ViewerState {
    return this.#state;
  }

  /** What carries picture, sound and input; null: nothing yet. */
  get transport(): TransportKind | null {
    return this.#media.carrier;
  }

  /**
   * Whether another transport is being tried that may bring back a picture that has stood still since then (`performance.now()`), or
   * will be once it is certain that nothing arrives.
   */
  isChangingTransport(since: number): boolean {
    const { succession, carriedSince } = this.#media;
    if (carriedSince > since) return true;
    return succession === 'underWay' || (succession === 'possible' && this.#monitor?.isSuspicious === true);
  }

  get share(): StreamShare {
    return this.#share;
  }

  /** Whether the host accepts touch input as touch. */
  get touchSupported(): boolean {
    return this.#touchSupported;
  }

  /** `pin`: what the person typed after PIN_REQUIRED or PIN_WRONG. */
  open(pin: string | null = null): void {
    this.#pin = pin;
    this.#refusal = null;
    this.#release();
    this.#dispatch({ type: 'open' });
    if (supportedTransports().length === 0) {
      this.#lost(problem('WEBRTC_MISSING'));
      return;
    }
    this.#networkListener = new AbortController();
    onNetworkChange(() => {
      this.#media.networkChanged();
      this.#retryNow();
    }, this.#networkListener.signal);
    // A device that was asleep may be on another network now.
    const onVisible = (): void => (document.hidden ? undefined : this.#media.networkChanged());
    document.addEventListener('visibilitychange', onVisible, { signal: this.#networkListener.signal });
    void this.#join();
  }

  close(): void {
    this.#release();
    this.#dispatch({ type: 'close' });
  }

  /** Dropped while disconnected; the next connection is told whatever is still held by then. */
  send(event: ViewerInput): void {
    this.#held.note(event);
    this.#media.send(event);
  }

  /** null while there is no transport. Rates are since the previous call. */
  statistics(): Promise<MediaStatistics | null> {
    return this.#media.statistics({ hostChannels: this.#hostChannels, hostEncryption: this.#hostEncryption });
  }

  /** What has been received of the picture; null while there is no transport, or nothing is received. */
  pictureCounters(): Promise<PictureCounters | null> {
    return this.#media.pictureCounters();
  }

  protected signal(signal: ClientSignal): void {
    this.#signalling?.send(signal);
  }

  async #join(): Promise<void> {
    const attempt = new AbortController();
    this.#attempt.abort();
    this.#attempt = attempt;
    this.#joinedAt = performance.now();
    this.#limitStep(this.#provider === null ? 'SERVER_UNREACHABLE' : 'TOKEN_UNAVAILABLE');
    this.#dispatch({ type: 'step', step: 'authorizing' });
    const result = await this.#authorize(attempt.signal);
    if (attempt.signal.aborted) return;
    if ('problem' in result) return this.#lost(result.problem);
    if (this.#renewal !== null && result.token.renewal !== undefined) this.#renewal.value = result.token.renewal;
    this.setRole(result.token.role);
    this.#connect({ token: result.token.token, resume: this.#resume });
  }

  /** Straight to the socket: the resume token is enough there, and a request might go over a dead connection. */
  #resumeNow(resume: string): void {
    this.#attempt.abort();
    this.#joinedAt = performance.now();
    this.#connect({ token: null, resume });
  }

  #connect(by: { token: string | null; resume: string | null }): void {
    this.#limitStep('SERVER_UNREACHABLE');
    this.#offer = null;
    this.#signalling = new Signalling({
      ...this.#options,
      ...by,
      name: this.name,
      events: {
        open: () => {
          clearTimeout(this.#limitTimer);
          this.#dispatch({ type: 'step', step: 'joining' });
        },
        signal: (signal) => this.#onSignal(signal),
        closed: (why) => this.#onClosed(why),
      },
    });
  }

  /** What a browser cannot play over WebRTC it may play over the WebSocket: to a Firefox without its plugin, that goes for H.264. */
  #onClosed(why: Problem): void {
    if (why.code !== 'CODEC_UNSUPPORTED' || this.#refusal !== null || !this.#transports.includes('websocket')) {
      this.#lost(why);
      return;
    }
    this.#refusal = { why, isOvercome: false };
    this.#leave();
    void this.#join();
  }

  #onCarried(by: TransportKind): void {
    if (this.#refusal !== null) this.#refusal.isOvercome = true;
    this.emit('transport', by);
  }

  /** With the renewal of an earlier visit, otherwise with the link itself. */
  async #authorize(signal: AbortSignal): Promise<TokenResult> {
    if (this.#provider !== null) {
      const provided = await askProvider(this.#provider);
      if (!('linkToken' in provided)) return provided;
      this.setToken(provided.linkToken);
      if (!signal.aborted) this.#limitStep('SERVER_UNREACHABLE');
    }
    const renewal = this.#renewal?.value ?? null;
    if (renewal !== null) {
      const result = await exchangeToken({ ...this.#options, linkToken: renewal, pin: null, signal });
      const refused = 'problem' in result && ['UNAUTHORIZED', 'ACCESS_REVOKED'].includes(result.problem.code);
      if (!refused || this.#renewal === null) return result;
      this.#renewal.value = null;
    }
    return exchangeToken({ ...this.#options, pin: this.#pin, signal });
  }

  #onSignal(signal: ServerSignal): void {
    this.#dispatch({ type: 'signal', signal });
    if (typeof signal !== 'object' || this.receiveControl(signal)) return;
    if ('ResumeToken' in signal) this.#onJoined(signal.ResumeToken.token);
    else if ('StillHere' in signal) this.#monitor?.answered();
    else if ('LastFrame' in signal) this.#monitor?.frameSent(signal.LastFrame.age_ms);
    else if ('GamepadPlayers' in signal) this.emit('players', signal.GamepadPlayers.players);
    else if ('WebRtcConfig' in signal) this.#startMedia(signal.WebRtcConfig.ice_servers);
    else if ('Signaling' in signal) this.#media.negotiate(signal.Signaling);
    else if ('MediaOptions' in signal) this.#offer = signal.MediaOptions.transport;
    else if ('MediaTicket' in signal) this.#media.admit(signal.MediaTicket.ticket);
    else if ('StreamShare' in signal) this.#onShare(readShare(signal.StreamShare));
    else if ('StreamerState' in signal) this.#onStreamerState(signal.StreamerState);
    else if ('UpdateApp' in signal) this.emit('app', signal.UpdateApp.app);
    else if ('ConnectionComplete' in signal) this.#touchSupported = signal.ConnectionComplete.capabilities.touch;
  }

  /** The server has handed over what the previous socket held, and watches the connection with us. */
  #onJoined(resume: string): void {
    this.#resume = resume;
    this.#monitor?.close();
    this.#monitor = new ConnectionMonitor({
      counters: () => this.#receiveCounters(),
      ask: () => this.#signalling?.send({ StillThere: {} }),
      stalled: (how) => this.#media.stalled(how),
      lost: () => this.#onStalled(),
    });
  }

  async #receiveCounters(): Promise<ReceiveCounters | null> {
    const counters = await this.pictureCounters();
    if (counters === null) return null;
    const { framesReceived, framesDecoded, connectionBytes, bytesReceived } = counters;
    return { frames: framesReceived ?? framesDecoded, bytes: connectionBytes ?? bytesReceived };
  }

  #onMediaLost(why: Problem): void {
    if (why.code === 'CONNECTION_STALLED') this.#onStalled();
    // Without a socket the next attempt is already under way; the next process of a dead streamer sends a WebRtcConfig.
    else if (this.#signalling !== undefined && !streamerIsDead(this.#state))
      this.#lost(this.#refusal?.isOvercome === false ? this.#refusal.why : why);
  }

  /** Nothing arrives, or nobody answers. The old connection is kept until the next one has replaced it. */
  #onStalled(): void {
    this.#monitor?.close();
    this.#media.leave();
    this.#retiring?.close();
    this.#retiring = this.#signalling;
    this.#retiring?.ignore();
    this.#signalling = undefined;
    this.forgetControl();
    this.#dispatch({ type: 'lost', problem: problem('CONNECTION_STALLED') });
    if (this.#resume !== null) this.#resumeNow(this.#resume);
  }

  #startMedia(iceServers: IceServer[]): void {
    this.#retiring?.close();
    this.#retiring = undefined;
    this.#dispatch({ type: 'step', step: 'negotiating' });
    this.emit('hostQuality', 'Ok');
    if (this.#share.rung !== 'full') this.#onShare(WHOLE_STREAM);
    const supported = supportedTransports().filter((kind) => kind !== 'webrtc' || this.#refusal === null);
    const transports = usableTransports({ choice: this.#choice, offer: this.#offer, supported });
    if (transports === null) {
      this.#lost(
        this.#refusal?.why ?? problem(supported.includes('webrtc') ? 'WEBSOCKET_UNSUPPORTED' : 'WEBRTC_MISSING'),
      );
      return;
    }
    this.#transports = transports;
    this.#media.join({ iceServers, transports, hasMediaSocket: this.#offer !== null });
  }

  #onShare(share: StreamShare): void {
    this.#share = share;
    this.emit('share', share);
  }

  #onInputReady(): void {
    for (const event of this.#held.restate()) this.#media.send(event);
    this.emit('inputReady');
  }

  #onStreamerState(state: Extract<ServerSignal, { StreamerState: unknown }>['StreamerState']): void {
    const { viewers, surround, host_encryption } = state;
    this.#hostChannels = surround ?? 2;
    this.#hostEncryption = host_encryption ?? null;
    this.emit('viewers', viewers);
  }

  #onGeneral(message: GeneralMessage): void {
    if (message === 'ConnectionTerminated') {
      this.#dispatch({ type: 'signal', signal: { ConnectionTerminated: { error_code: 0 } } });
    } else if (typeof message === 'object' && 'ConnectionStatusUpdate' in message) {
      this.emit('hostQuality', message.ConnectionStatusUpdate.status);
    } else this.#onSignal(message);
  }

  /** The transport outlives a lost socket: the picture carries on until a new connection replaces it. */
  #lost(why: Problem): void {
    this.#leave();
    this.#dispatch({ type: 'lost', problem: why });
    if (this.#state.kind !== 'reconnecting') return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#join(), backoff(this.#state.attempt, Math.random()));
  }

  #leave(): void {
    this.#monitor?.close();
    this.#media.leave();
    this.#signalling?.close();
    this.#signalling = undefined;
    this.forgetControl();
    this.#attempt.abort();
    clearTimeout(this.#limitTimer);
  }

  /** Network changes are reported in bursts. */
  #retryNow(): void {
    if (this.#state.kind !== 'reconnecting' || performance.now() - this.#joinedAt < RETRY_EVERY_MS) return;
    clearTimeout(this.#retryTimer);
    void this.#join();
  }

  /** Nobody answers a request over a dead connection, and browsers wait for minutes. `code`: whose answer is awaited. */
  #limitStep(code: 'SERVER_UNREACHABLE' | 'TOKEN_UNAVAILABLE'): void {
    clearTimeout(this.#limitTimer);
    const attempt = 'attempt' in this.#state ? this.#state.attempt : 0;
    this.#limitTimer = setTimeout(() => this.#lost(problem(code)), stepLimit(attempt));
  }

  #dispatch(event: ViewerEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    if (this.#state === before) return;
    if (this.#state.kind === 'ended') this.#release();
    else this.#media.hostStreams(!isHostAway(this.#state));
    this.emit('state', this.#state);
  }

  #release(): void {
    this.#networkListener.abort();
    this.#monitor?.close();
    this.#monitor = undefined;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#limitTimer);
    this.#attempt.abort();
    this.#retiring?.close();
    this.#retiring = undefined;
    this.#resume = null;
    this.#signalling?.close();
    this.#signalling = undefined;
    this.forgetControl();
    this.#media.close();
  }
}

function streamerIsDead(state: ViewerState): boolean {
  return state.kind === 'interrupted' && state.problem?.code === 'STREAMER_DIED';
}

function isHostAway(state: ViewerState): boolean {
  return state.kind === 'interrupted' || (state.kind === 'connecting' && state.hostAway);
}
