/** How many calls a panel that is not there yet is given later: the latest, in order. */
const MOST_CALLS = 8;

/** A panel whose script is loaded when it first has something to say, which on most pages is never. */
export class LazyPanel<Panel> {
  readonly #load: () => Promise<Panel>;
  #panel: Panel | null = null;
  #isLoading = false;
  #calls: ((panel: Panel) => void)[] = [];

  constructor(load: () => Promise<Panel>) {
    this.#load = load;
  }

  /** `isNeeded`: it has something to say after this. */
  call(call: (panel: Panel) => void, isNeeded: boolean): void {
    if (this.#panel !== null) {
      call(this.#panel);
      return;
    }
    this.#calls = [...this.#calls.slice(1 - MOST_CALLS), call];
    if (!isNeeded || this.#isLoading) return;
    this.#isLoading = true;
    this.#load().then(
      (panel) => {
        this.#panel = panel;
        for (const each of this.#calls) each(panel);
        this.#calls = [];
      },
      // It is tried again with the next call.
      () => {
        this.#isLoading = false;
      },
    );
  }
}
