import { type Role, readTransportChoice, type TransportKind } from '@moonshare/contract/browser';
import type { TokenProvider } from '../connection/token.ts';
import { ViewerConnection } from '../connection/viewer-connection.ts';
import type { HostQuality } from '../connection/viewer-connection-events.ts';
import type { ViewerState } from '../connection/viewer-state.ts';
import { controlButton, controlText } from '../control/control-messages.ts';
import { isAtStake, type Participant, reachesHost, type ViewerControl } from '../control/viewer-control.ts';
import type { PadInfo } from '../input/gamepad-tracker.ts';
import type { InputCapture } from '../input/input-capture.ts';
import { KEYBOARD_SETTINGS, type KeyboardSettings } from '../input/keyboard/keyboard-settings.ts';
import { captureInput } from '../input/lazy-capture.ts';
import type { PadLayout } from '../input/pads/layout.ts';
import { lockPointer } from '../input/pointer-lock.ts';
import type { Typing } from '../input/text/typing.ts';
import type { Picture } from '../picture/freeze-detector.ts';
import { PictureMonitor } from '../picture/picture-monitor.ts';
import type { ViewerStream } from '../transport/media-transport.ts';
import { type StreamShare, WHOLE_STREAM } from '../transport/stream-share.ts';
import type { MediaStatistics } from '../transport/viewer-media.ts';
import type { MoonshareViewerEvents } from './events.ts';
import { FullScreen } from './full-screen/full-screen.ts';
import { describePlayers } from './gamepad-messages.ts';
import { INPUT_MISSING, notice } from './messages.ts';
import { buildViewport, type Viewport } from './viewport.ts';

// The same objects each time, so that whoever compares sees no change.
const IDLE: ViewerState = { kind: 'idle' };
const NO_PICTURE: Picture = { kind: 'none', cause: null };
const NOBODY: readonly Participant[] = [];

/** On a server there are no elements: there the class can be imported, but not used. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<moonshare-viewer src="https://server/" streamer="id" token="...">`: connects while it is in a document, shows picture
 * and state, captures input. `src` defaults to the page's own base; `token` can be omitted behind a proxy that adds
 * credentials; `muted` starts without sound; `watch` captures nothing; `stereo` declines surround; `transport` is auto, webrtc or websocket;
 * `name` is what the person wants to be called; `controls` shows a bar at the upper edge: sound, keyboard, clipboard, the controls, full screen.
 *
 * Events: `statechange`, `picturechange`, `accesschange`, `viewerschange`, `hostqualitychange`, `mutechange`, `capturechange`,
 * `typingchange`, `gamepadschange`, `transportchange`, `sharechange`, `participantschange`, `controlchange`, `controlrefused`,
 * `inputdropped`. Parts: video, notice, card, retry, sound, typing,
 * control, bar.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types methods that every element has.
export class MoonshareViewerElement extends Base {
  static readonly observedAttributes = ['src', 'streamer', 'token', 'watch', 'stereo', 'transport', 'name', 'controls'];

  #viewport: Viewport;
  #internals: ElementInternals;
  #fullScreen: FullScreen;
  #connection: ViewerConnection | undefined;
  #capture: InputCapture | undefined;
  #gamepads: readonly PadInfo[] = [];
  #keyboard: KeyboardSettings = KEYBOARD_SETTINGS;
  #typing: Typing = { kind: 'idle' };
  #role: Role | null = null;
  #viewers: number | null = null;
  #hostQuality: HostQuality = 'Ok';
  /** While the connection is up. */
  #observer: PictureMonitor | undefined;
  /** Muted although nobody asked for it. */
  #silenced = false;
  /** Its field has the keyboard focus. */
  #focused = false;
  #isOpening = false;
  #tokenProvider: TokenProvider | null = null;

  constructor() {
    super();
    this.#internals = this.attachInternals();
    const root = this.attachShadow({ mode: 'open', delegatesFocus: true });
    this.#viewport = buildViewport(root, {
      act: (action) => this.#connection?.act(action),
      onTypingButton: () => this.#onTypingButton(),
    });
    this.#fullScreen = new FullScreen({
      host: this,
      root,
      states: this.#internals.states,
      actions: {
        toggleSound: () => {
          this.muted = !this.muted;
        },
        showKeyboard: () => this.showKeyboard(),
        takeControl: () => this.takeControl(),
        releaseControl: () => this.releaseControl(),
        paste: async () => this.typeText(await navigator.clipboard.readText()),
      },
    });
    const { video, field, sound, retry, pin } = this.#viewport;
    sound.addEventListener('click', () => {
      this.muted = false;
      this.focus();
    });
    retry.addEventListener('click', () => this.#connection?.open());
    pin.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#connection?.open(pin.input.value);
    });
    video.addEventListener('volumechange', () => this.#onVolume());
    video.addEventListener('resize', () => this.#onPictureSize());
    field.addEventListener('focus', () => this.#onFocus(true));
    field.addEventListener('blur', () => this.#onFocus(false));
    this.#showBar();
  }

  connectedCallback(): void {
    if (this.hasAttribute('muted')) this.#viewport.video.muted = true;
    document.addEventListener('fullscreenchange', this.#onFullscreen);
    document.addEventListener('visibilitychange', this.#onVisible);
    this.#openSoon();
  }

  disconnectedCallback(): void {
    document.removeEventListener('fullscreenchange', this.#onFullscreen);
    document.removeEventListener('visibilitychange', this.#onVisible);
    this.#close();
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (name === 'name') {
      if (value !== null) this.#connection?.setName(value);
      return;
    }
    if (name === 'controls') {
      this.#fullScreen.changed();
      return;
    }
    if (!this.isConnected || before === value) return;
    if (name !== 'token' || this.state.kind === 'idle' || this.state.kind === 'ended') this.#openSoon();
    else this.#connection?.setToken(value);
  }

  /** Asked for a token before each join. A new one is used from the next join on. */
  get tokenProvider(): TokenProvider | null {
    return this.#tokenProvider;
  }

  set tokenProvider(provider: TokenProvider | null) {
    this.#tokenProvider = provider;
    if (this.#connection !== undefined) this.#connection.tokenProvider = provider;
    // It ended for want of a token.
    if (provider !== null && this.isConnected && this.state.kind === 'ended') this.#openSoon();
  }

  /** Attributes and properties that are set in a row count as one change. */
  #openSoon(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    queueMicrotask(() => {
      this.#isOpening = false;
      if (this.isConnected) this.#open();
    });
  }

  get state(): ViewerState {
    return this.#connection?.state ?? IDLE;
  }

  /** What the link allows; null until the server has said. */
  get access(): Role | null {
    return this.#role;
  }

  /** How many browsers are watching this stream, including this one; null until the server has said. */
  get viewers(): number | null {
    return this.#viewers;
  }

  /** Who is there, people and agents, this browser included; empty until the server has said. */
  get participants(): readonly Participant[] {
    return this.#connection?.participants ?? NOBODY;
  }

  /** Who has the controls, who wants them, and where this browser's input goes; null until the server has said. */
  get control(): ViewerControl | null {
    return this.#connection?.control ?? null;
  }

  /** Asks whoever has the controls for them; free ones are taken. */
  requestControl(): void {
    this.#connection?.requestControl();
  }

  /** Takes the controls: from an agent at once, from a person if that person does not refuse in time. */
  takeControl(): void {
    this.#connection?.takeControl();
  }

  /** Gives them up, or withdraws a request. */
  releaseControl(): void {
    this.#connection?.releaseControl();
  }

  /** Gives them to this participant; without one, to the one who asks. */
  grantControl(to?: string): void {
    this.#connection?.grantControl(to);
  }

  /** Refuses whoever asks. */
  denyControl(): void {
    this.#connection?.denyControl();
  }

  /** This browser's gamepads, and which player each one is. */
  get gamepads(): readonly PadInfo[] {
    return this.#gamepads;
  }

  /** From now on gamepads of this kind (`Gamepad.id`) are read with this layout. */
  learnGamepad(id: string, layout: PadLayout): void {
    this.#capture?.learnGamepad(id, layout);
  }

  /** The quality of the network between server and host; nothing on this device can improve it. */
  get hostQuality(): HostQuality {
    return this.#hostQuality;
  }

  /** What carries picture, sound and input; null: nothing yet. */
  get transport(): TransportKind | null {
    return this.#connection?.transport ?? null;
  }

  /** How much of the stream this viewer gets, and why not all of it. */
  get share(): StreamShare {
    return this.#connection?.share ?? WHOLE_STREAM;
  }

  /** Whether there is a picture, and whether it is moving. */
  get picture(): Picture {
    return this.#observer?.picture ?? NO_PICTURE;
  }

  get muted(): boolean {
    return this.#viewport.video.muted;
  }

  set muted(muted: boolean) {
    this.#silenced = false;
    this.#viewport.video.muted = muted;
    void this.#play();
  }

  /** Keys go to the host: it has the focus, and this browser may use keyboard and mouse at the moment. */
  get capturing(): boolean {
    return this.#internals.states.has('capturing');
  }

  /** Rates are since the previous call; null while not connected. */
  async statistics(): Promise<MediaStatistics | null> {
    return (await this.#connection?.statistics()) ?? null;
  }

  override focus(): void {
    this.#viewport.field.focus({ preventScroll: true });
  }

  /** Call this, and lockPointer(), from a click: browsers require one. */
  async enterFullscreen(): Promise<void> {
    await this.#fullScreen.enter();
    this.focus();
  }

  leaveFullscreen(): void {
    this.#fullScreen.leave();
  }

  async lockPointer(): Promise<void> {
    this.focus();
    await lockPointer(this.#viewport.video);
  }

  /** Brings up the on-screen keyboard of a touch device. */
  showKeyboard(): void {
    const { field } = this.#viewport;
    field.blur();
    field.inputMode = 'text';
    field.addEventListener('blur', () => (field.inputMode = 'none'), { once: true });
    this.focus();
  }

  /** Types as a keyboard would: long texts take time, and `typing` says how far it is. */
  typeText(text: string): void {
    this.#capture?.typeText(text);
  }

  /** The rest of a long text is not typed. */
  stopTyping(): void {
    this.#capture?.stopTyping();
  }

  get typing(): Typing {
    return this.#typing;
  }

  /** How this device's keys are translated to the host's. */
  get keyboard(): KeyboardSettings {
    return this.#keyboard;
  }

  set keyboard(settings: KeyboardSettings) {
    this.#keyboard = settings;
    this.#capture?.setKeyboard(settings);
  }

  #open(): void {
    this.#close();
    const streamerId = this.getAttribute('streamer');
    if (streamerId === null || streamerId === '') return;
    const token = this.getAttribute('token');
    const name = this.getAttribute('name');
    const connection = new ViewerConnection({
      base: new URL(this.getAttribute('src') ?? '', document.baseURI),
      streamerId,
      ...(token === null ? {} : { token }),
      ...(name === null ? {} : { name }),
      ...(this.#tokenProvider === null ? {} : { tokenProvider: this.#tokenProvider }),
      stereo: this.hasAttribute('stereo'),
      transport: readTransportChoice(this.getAttribute('transport')) ?? 'auto',
    });
    this.#connection = connection;
    connection.on('state', () => this.#onState());
    connection.on('stream', (stream) => this.#onStream(stream));
    connection.on('role', (role) => this.#onRole(role));
    connection.on('viewers', (count) => this.#onViewers(count));
    connection.on('transport', (by) => this.#tell('transportchange', by));
    connection.on('share', (share) => this.#onShare(share));
    connection.on('participants', (participants) => this.#tell('participantschange', participants));
    connection.on('control', (control) => this.#onControl(control));
    connection.on('controlRefused', (refusal) => {
      this.#viewport.control.call((panel) => panel.tell({ kind: 'refused', refusal }), true);
      this.#tell('controlrefused', refusal);
    });
    connection.on('inputDropped', (holder) => {
      this.#viewport.control.call((panel) => panel.tell({ kind: 'dropped' }), true);
      this.#tell('inputdropped', holder);
    });
    connection.on('hostQuality', (quality) => this.#onHostQuality(quality));
    connection.open();
  }

  #close(): void {
    this.#capture?.close();
    this.#capture = undefined;
    this.#connection?.close();
    this.#connection = undefined;
    this.#role = null;
    this.#viewers = null;
    this.#onHostQuality('Ok');
    this.#viewport.screen.show(null);
    this.#observe();
    this.#showNotice();
    this.#showCapturing();
  }

  #tell<Type extends keyof MoonshareViewerEvents>(type: Type, detail: MoonshareViewerEvents[Type]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #onShare(share: StreamShare): void {
    this.#showNotice();
    this.#tell('sharechange', share);
  }

  #onState(): void {
    // The last picture would look alive behind the notice.
    if (this.state.kind === 'ended') {
      this.#viewport.screen.show(null);
      if (document.pointerLockElement === this) document.exitPointerLock();
    }
    this.#observe();
    this.#showNotice();
    this.#tell('statechange', this.state);
  }

  #onRole(role: Role): void {
    if (role === this.#role || this.#connection === undefined) return;
    this.#role = role;
    this.#capture?.close();
    this.#capture = undefined;
    if (role !== 'watch' && !this.hasAttribute('watch')) {
      const { video, field } = this.#viewport;
      this.#capture = captureInput({
        connection: this.#connection,
        video,
        field,
        role,
        keyboard: this.#keyboard,
        typing: (typing) => this.#onTyping(typing),
        releaseRequested: () => this.leaveFullscreen(),
        gamepadsChanged: (pads) => this.#onGamepads(pads),
        statusChanged: () => {
          this.#showCapturing();
          this.#showNotice();
        },
      });
    }
    this.#showBar();
    this.#showCapturing();
    this.#tell('accesschange', role);
  }

  #showBar(): void {
    const { muted } = this.#viewport.video;
    const { control } = this;
    this.#fullScreen.show({
      muted,
      canType: this.#role === 'full' && (control === null || reachesHost(control)),
      players: describePlayers(this.#gamepads),
      control: control === null ? '' : controlText(control).replace(/\.$/, ''),
      controlButton: control === null ? null : controlButton(control),
    });
  }

  #onGamepads(pads: PadInfo[]): void {
    this.#gamepads = pads;
    this.#showBar();
    this.#tell('gamepadschange', pads);
  }

  #onTyping(typing: Typing): void {
    this.#typing = typing;
    this.#viewport.typing.call((panel) => panel.show(typing), typing.kind !== 'idle');
    this.#tell('typingchange', typing);
  }

  #onTypingButton(): void {
    if (this.#typing.kind === 'typing') this.stopTyping();
    else this.#onTyping({ kind: 'idle' });
  }

  #onViewers(count: number): void {
    if (count === this.#viewers) return;
    this.#viewers = count;
    this.#tell('viewerschange', count);
  }

  #onHostQuality(quality: HostQuality): void {
    if (quality === this.#hostQuality) return;
    this.#hostQuality = quality;
    this.#tell('hostqualitychange', quality);
  }

  #onStream(stream: ViewerStream): void {
    this.#viewport.screen.show(stream);
    void this.#play();
  }

  /** With sound if the browser allows it, otherwise muted, with a button to turn it on. */
  async #play(): Promise<void> {
    const { video, screen } = this.#viewport;
    if (!screen.hasStream) return;
    try {
      await video.play();
      this.#onVolume();
      await screen.playSound();
      return;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'NotAllowedError') || video.muted) return;
      this.#silenced = true;
      video.muted = true;
      await video.play().catch(() => undefined);
    }
    this.#onVolume();
  }

  #onPictureSize(): void {
    const { videoWidth, videoHeight } = this.#viewport.video;
    // Before the first picture, Chromium reports one of 2 × 2.
    if (videoWidth > 2) this.style.setProperty('--moonshare-picture', `${videoWidth} / ${videoHeight}`);
  }

  #onVolume(): void {
    const { video, sound } = this.#viewport;
    sound.hidden = !this.#silenced || !this.#viewport.screen.hasStream;
    this.#showBar();
    this.#tell('mutechange', video.muted);
  }

  /** A picture is expected while the connection is playing; each time that starts, the next frame is the first. */
  #observe(): void {
    const connection = this.#connection;
    if (this.state.kind !== 'playing' || connection === undefined) {
      this.#observer?.close();
      this.#observer = undefined;
      return;
    }
    if (this.#observer !== undefined) return;
    this.#observer = new PictureMonitor({
      video: this.#viewport.video,
      counters: () => connection.pictureCounters(),
      isChanging: (since) => connection.isChangingTransport(since),
      changed: (picture) => {
        this.#showNotice();
        this.#tell('picturechange', picture);
      },
    });
  }

  #showNotice(): void {
    this.#viewport.show(
      notice(this.state, this.picture, this.share.rung) ?? (this.#capture?.status === 'missing' ? INPUT_MISSING : null),
    );
  }

  #onFocus(focused: boolean): void {
    this.#focused = focused;
    this.#showCapturing();
  }

  #onControl(control: ViewerControl | null): void {
    this.#viewport.control.call((panel) => panel.show(control), control !== null && isAtStake(control));
    this.#showBar();
    this.#showCapturing();
    this.#tell('controlchange', control);
  }

  #showCapturing(): void {
    const before = this.capturing;
    const { control } = this;
    const isAllowed = this.#role === 'full' && (control === null || reachesHost(control));
    if (this.#focused && isAllowed && this.#capture?.status === 'capturing') this.#internals.states.add('capturing');
    else this.#internals.states.delete('capturing');
    if (this.capturing !== before) this.#tell('capturechange', this.capturing);
  }

  /** In full screen the browser's own shortcuts go to the host too, where supported. Escape then has to be held down to leave. */
  #onFullscreen = (): void => {
    const { keyboard } = navigator as Navigator & { keyboard?: { lock(): Promise<void>; unlock(): void } };
    this.#fullScreen.changed();
    if (document.fullscreenElement?.contains(this)) keyboard?.lock().catch(() => undefined);
    else keyboard?.unlock();
  };

  /** Some browsers pause a hidden page's video. */
  #onVisible = (): void => {
    if (!document.hidden) void this.#play();
  };
}

/** Registers `<moonshare-viewer>`; calling it once is enough. Does nothing on a server. */
export function defineMoonshareViewer(): void {
  if (globalThis.customElements !== undefined && customElements.get('moonshare-viewer') === undefined) {
    customElements.define('moonshare-viewer', MoonshareViewerElement);
  }
}

type EventMap = HTMLElementEventMap & MoonshareViewerEvents;

/** Typed events; others are those of all elements. */
export interface MoonshareViewerElement {
  addEventListener<Type extends keyof EventMap>(
    type: Type,
    listener: (this: MoonshareViewerElement, event: EventMap[Type]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof EventMap>(
    type: Type,
    listener: (this: MoonshareViewerElement, event: EventMap[Type]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'moonshare-viewer': MoonshareViewerElement;
  }
}
