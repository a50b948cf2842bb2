import { backoff } from '../connection/backoff.ts';
import type { CaptureOptions, CaptureStatus, InputCapture, LoadedCapture } from './input-capture.ts';
import type { KeyboardSettings } from './keyboard/keyboard-settings.ts';
import type { PadLayout } from './pads/layout.ts';
import { MAX_TYPED } from './text/typing.ts';

/** A third of a page's script, which those who only watch never need. */
const load = () => import('./capture.ts').then(({ capture }) => capture);

/**
 * Captures all input of one viewport, from when the script for it has been loaded (`status`). What is held is released on the host when the
 * field or the page loses the focus. What this is asked for before is done then.
 */
export function captureInput(options: CaptureOptions): InputCapture {
  return new LazyCapture(options, load);
}

/** `load`: what `import()` does, so that tests can say when. */
export class LazyCapture implements InputCapture {
  #status: CaptureStatus = 'loading';
  readonly #options: CaptureOptions;
  readonly #load: () => Promise<(options: CaptureOptions) => LoadedCapture>;
  #capture: LoadedCapture | null = null;
  #isClosed = false;
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is to be done with it, the latest of each. */
  #keyboard: KeyboardSettings | undefined;
  readonly #layouts = new Map<string, PadLayout>();
  #text = '';

  constructor(options: CaptureOptions, load: () => Promise<(options: CaptureOptions) => LoadedCapture>) {
    this.#options = options;
    this.#load = load;
    this.#start();
  }

  get status(): CaptureStatus {
    return this.#status;
  }

  typeText(text: string): void {
    if (this.#capture !== null) {
      this.#capture.typeText(text);
      return;
    }
    if (this.#isClosed || this.#options.role !== 'full') return;
    if (this.#text.length + text.length > MAX_TYPED) {
      this.#options.typing?.({ kind: 'refused', length: text.length, most: MAX_TYPED });
      return;
    }
    this.#text += text;
    if (this.#text !== '') this.#options.typing?.({ kind: 'typing', done: 0, total: this.#text.length, refused: 0 });
  }

  stopTyping(): void {
    if (this.#capture === null) this.#dropText('asked');
    else this.#capture.stopTyping();
  }

  setKeyboard(settings: KeyboardSettings): void {
    this.#keyboard = settings;
    this.#capture?.setKeyboard(settings);
  }

  learnGamepad(id: string, layout: PadLayout): void {
    if (this.#capture === null) this.#layouts.set(id, layout);
    else this.#capture.learnGamepad(id, layout);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#dropText('disconnected');
    this.#capture?.close();
  }

  #start(): void {
    this.#load().then(
      (capture) => {
        if (!this.#isClosed) this.#loaded(capture);
      },
      () => {
        if (this.#isClosed) return;
        this.#attempts += 1;
        this.#timer = setTimeout(() => this.#start(), backoff(this.#attempts, Math.random()));
        this.#become('missing');
      },
    );
  }

  #loaded(capture: (options: CaptureOptions) => LoadedCapture): void {
    const keyboard = this.#keyboard;
    this.#capture = capture({ ...this.#options, ...(keyboard !== undefined && { keyboard }) });
    for (const [id, layout] of this.#layouts) this.#capture.learnGamepad(id, layout);
    const text = this.#text;
    this.#text = '';
    if (text !== '') this.#capture.typeText(text);
    this.#become('capturing');
  }

  #dropText(why: 'asked' | 'disconnected'): void {
    const total = this.#text.length;
    this.#text = '';
    if (total > 0) this.#options.typing?.({ kind: 'stopped', why, done: 0, total });
  }

  #become(status: CaptureStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#options.statusChanged?.(status);
  }
}
