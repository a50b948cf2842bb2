import { type BarActions, type BarView, buildBar, type FullScreenBar } from './bar.ts';
import { BarVisibility } from './bar-visibility.ts';

/** Where the bar is: nowhere, over a picture in its page, or on the whole screen. */
type Place = 'none' | 'page' | 'screen';

/**
 * The picture on the whole screen, with a bar that hides; with the attribute `controls` also before that. Where elements cannot go full screen (iPhones), the viewport fills the page,
 * which is the whole screen if the page was opened from the home screen.
 */
export class FullScreen {
  readonly #host: HTMLElement;
  readonly #states: CustomStateSet;
  readonly #bar: FullScreenBar;
  readonly #visibility = new BarVisibility();
  #place: Place = 'none';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: {
    host: HTMLElement;
    root: ShadowRoot;
    states: CustomStateSet;
    actions: Omit<BarActions, 'toggleFullScreen'>;
  }) {
    this.#host = options.host;
    this.#states = options.states;
    this.#bar = buildBar({
      ...options.actions,
      // Refused if the frame of another page may not.
      toggleFullScreen: () => (this.isOn ? this.leave() : void this.enter().catch(() => undefined)),
    });
    const { element, handle } = this.#bar;
    options.root.append(element, handle);
    handle.addEventListener('click', () => this.#update(() => this.#visibility.tapped(performance.now())));
    element.addEventListener('click', () => this.#update(() => this.#visibility.tapped(performance.now())));
    for (const type of ['pointerenter', 'pointerleave'] as const) {
      element.addEventListener(type, ({ pointerType }) => {
        if (pointerType !== 'touch')
          this.#update(() => this.#visibility.over(type === 'pointerenter', performance.now()));
      });
    }
    for (const type of ['pointermove', 'pointerdown'] as const) options.host.addEventListener(type, this.#onPointer);
  }

  /** Only this viewport, not a part of the page around it. */
  get isOn(): boolean {
    return this.#states.has('filling') || this.#isElementFull;
  }

  /** Rejects if the browser refuses. */
  async enter(): Promise<void> {
    if (document.fullscreenEnabled) {
      await this.#host.requestFullscreen({ navigationUI: 'hide' });
      return;
    }
    this.#states.add('filling');
    this.changed();
  }

  leave(): void {
    this.#states.delete('filling');
    // Refused if the browser has left by itself meanwhile.
    if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => undefined);
    this.changed();
  }

  show(view: BarView): void {
    this.#bar.show(view);
  }

  /** Full screen has begun or ended, or the attribute has changed. */
  changed(): void {
    const place = this.isOn ? 'screen' : this.#host.hasAttribute('controls') ? 'page' : 'none';
    if (place === this.#place) return;
    this.#place = place;
    if (place === 'none') this.#states.delete('barred');
    else this.#states.add('barred');
    this.#bar.showFullScreen(place === 'screen');
    this.#update(() => (place === 'none' ? this.#visibility.left() : this.#visibility.entered(performance.now())));
  }

  get #isElementFull(): boolean {
    return (this.#host.getRootNode() as Document | ShadowRoot).fullscreenElement === this.#host;
  }

  #onPointer = ({ clientY }: PointerEvent): void => {
    if (this.#place === 'none') return;
    const fromTop = clientY - this.#host.getBoundingClientRect().top;
    this.#update(() => this.#visibility.pointer(fromTop, performance.now()));
  };

  #update(change: () => void): void {
    change();
    this.#visibility.advance(performance.now());
    this.#bar.element.classList.toggle('shown', this.#visibility.isShown);
    clearTimeout(this.#timer);
    if (this.#visibility.wakeAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => this.#update(() => undefined),
      Math.max(1, this.#visibility.wakeAt - performance.now()),
    );
  }
}
