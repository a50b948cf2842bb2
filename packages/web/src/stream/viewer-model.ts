import type {
  MediaStatistics,
  MoonshareViewerElement,
  PadInfo,
  Participant,
  Picture,
  StreamShare,
  ViewerControl,
  ViewerState,
} from '@moonshare/client';
import { effect, signal } from '@preact/signals';
import { keyboardSettings } from './keyboard-settings.tsx';

const STATISTICS_EVERY_MS = 1000;

/** What the page knows about its `<moonshare-viewer>`, as signals. */
export class ViewerModel {
  readonly state = signal<ViewerState>({ kind: 'idle' });
  readonly picture = signal<Picture>({ kind: 'none', cause: null });
  readonly access = signal<MoonshareViewerElement['access']>(null);
  readonly muted = signal(false);
  readonly capturing = signal(false);
  readonly viewers = signal<number | null>(null);
  readonly hostQuality = signal<MoonshareViewerElement['hostQuality']>('Ok');
  readonly share = signal<StreamShare>({ rung: 'full', cause: null, networkKbps: null, streamKbps: null });
  readonly gamepads = signal<readonly PadInfo[]>([]);
  /** Who is here. */
  readonly participants = signal<readonly Participant[]>([]);
  readonly control = signal<ViewerControl | null>(null);
  /** The gamepad being set up. */
  readonly lesson = signal<PadInfo | null>(null);
  readonly statistics = signal<MediaStatistics | null>(null);
  #viewer: MoonshareViewerElement | null = null;

  /** The page's ref. The element connects only after this, so no event is missed. */
  readonly element = (viewer: Element | null): void => {
    this.#viewer = viewer as MoonshareViewerElement | null;
  };

  get viewer(): MoonshareViewerElement | null {
    return this.#viewer;
  }

  /** Follows the element until the returned function is called. */
  start(): () => void {
    const viewer = this.#viewer;
    if (viewer === null) return () => undefined;
    const update = (): void => {
      this.state.value = viewer.state;
      this.picture.value = viewer.picture;
      this.access.value = viewer.access;
      this.viewers.value = viewer.viewers;
      this.hostQuality.value = viewer.hostQuality;
      this.share.value = viewer.share;
      this.muted.value = viewer.muted;
      this.capturing.value = viewer.capturing;
      this.gamepads.value = viewer.gamepads;
      this.participants.value = viewer.participants;
      this.control.value = viewer.control;
    };
    const names = [
      'statechange',
      'picturechange',
      'accesschange',
      'viewerschange',
      'hostqualitychange',
      'sharechange',
      'mutechange',
      'capturechange',
      'gamepadschange',
      'participantschange',
      'controlchange',
    ];
    for (const name of names) viewer.addEventListener(name, update);
    update();
    const stopSettings = effect(() => {
      viewer.keyboard = keyboardSettings.value;
    });
    const timer = setInterval(() => void this.#measure(viewer), STATISTICS_EVERY_MS);
    return () => {
      clearInterval(timer);
      stopSettings();
      for (const name of names) viewer.removeEventListener(name, update);
    };
  }

  async #measure(viewer: MoonshareViewerElement): Promise<void> {
    this.statistics.value = viewer.state.kind === 'playing' ? await viewer.statistics() : null;
  }
}
