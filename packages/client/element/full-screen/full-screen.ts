import { type Bar, type BarActions, type BarView, buildBar } from './bar.ts';
import { BarWatch } from './bar-watch.ts';

/**
 * The screen for the picture alone, with a bar that hides. Where elements cannot be full screen (iPhones) the stage fills the page, which
 * is all of the screen when that was opened from the home screen.
 */
export class FullScreen {
  readonly #host: HTMLElement;
  readonly #states: CustomStateSet;
  readonly #bar: Bar;
  readonly #watch = new BarWatch();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(o: { host: HTMLElement; root: ShadowRoot; states: CustomStateSet; actions: Omit<BarActions, 'leave'> }) {
    this.#host = o.host;
    this.#states = o.states;
    this.#bar = buildBar({ ...o.actions, leave: () => this.leave() });
    const { element, handle } = this.#bar;
    o.root.append(element, handle);
    handle.addEventListener('click', () => this.#tell(() => this.#watch.tapped(performance.now())));
    element.addEventListener('click', () => this.#tell(() => this.#watch.tapped(performance.now())));
    for (const type of ['pointerenter', 'pointerleave'] as const) {
      element.addEventListener(type, ({ pointerType }) => {
        if (pointerType !== 'touch') this.#tell(() => this.#watch.over(type === 'pointerenter', performance.now()));
      });
    }
    for (const type of ['pointermove', 'pointerdown'] as const) o.host.addEventListener(type, this.#onPointer);
  }

  /** This stage alone, not a part of the page that it is in. */
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
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    this.changed();
  }

  show(view: BarView): void {
    this.#bar.show(view);
  }

  /** Full screen begins or ends. */
  changed(): void {
    const wasOn = this.#states.has('barred');
    if (this.isOn === wasOn) return;
    if (this.isOn) this.#states.add('barred');
    else this.#states.delete('barred');
    this.#tell(() => (wasOn ? this.#watch.left() : this.#watch.entered(performance.now())));
  }

  get #isElementFull(): boolean {
    return (this.#host.getRootNode() as Document | ShadowRoot).fullscreenElement === this.#host;
  }

  #onPointer = ({ clientY }: PointerEvent): void => {
    if (!this.isOn) return;
    const fromTop = clientY - this.#host.getBoundingClientRect().top;
    this.#tell(() => this.#watch.pointer(fromTop, performance.now()));
  };

  #tell(change: () => void): void {
    change();
    this.#watch.advance(performance.now());
    this.#bar.element.classList.toggle('shown', this.#watch.isShown);
    clearTimeout(this.#timer);
    if (this.#watch.wakeAt === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tell(() => undefined), Math.max(1, this.#watch.wakeAt - performance.now()));
  }
}
