import assert from 'node:assert/strict';
import type { MediaStatistics } from '@moonshare/client';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, chromiumPath, newPerson } from '../harness/chromium.ts';
import { presentGamepad } from '../harness/fake-gamepad.ts';
import { FirefoxPage, firefoxPath } from '../harness/firefox.ts';
import { numbersOf, readFrames, type ShownFrame } from '../harness/frames.ts';
import { hearLoudness } from '../harness/sound.ts';
import { poll } from '../harness/virtual-host.ts';
import type { WalledNetwork } from '../harness/walled-network.ts';

/** What a browser can be told, the same for all of them. */
interface Window {
  /** From now on it is that of somebody who has never been anywhere. */
  becomeSomebodyElse(): Promise<void>;
  visit(url: string): Promise<void>;
  reload(): Promise<void>;
  click(): Promise<void>;
  key(key: string, down: boolean): Promise<void>;
  /** The string that the expression, or its promise, evaluates to. */
  evaluate(expression: string): Promise<string>;
  close(): Promise<void>;
}

const VIEWER = 'moonshare-viewer';

/** In each browser, a window in a walled network. */
export const BROWSERS = {
  Chromium: async (network: WalledNetwork): Promise<Window> => {
    const browser = await chromium.launch({
      executablePath: await network.wrap(chromiumPath()),
      args: CHROMIUM_ARGUMENTS,
    });
    const open = async () => (await newPerson(browser, { ignoreHTTPSErrors: true })).newPage();
    let page = await open();
    return {
      becomeSomebodyElse: async () => {
        await page.context().close();
        page = await open();
      },
      visit: async (url) => void (await page.goto(url)),
      reload: async () => void (await page.reload()),
      click: () => page.locator(VIEWER).click(),
      key: (key, down) => (down ? page.keyboard.down(key) : page.keyboard.up(key)),
      evaluate: (expression) => page.evaluate(expression),
      close: () => browser.close(),
    };
  },
  Firefox: async (network: WalledNetwork): Promise<Window> => {
    const path = firefoxPath();
    assert.ok(path !== null, 'Firefox is missing: run "apt install firefox-esr", or set FIREFOX_PATH to its path.');
    const page = await FirefoxPage.open(await network.wrap(path), 'about:blank', {
      doorTo: (port) => network.doorTo(port),
      acceptsAnyCertificate: true,
    });
    return {
      becomeSomebodyElse: () => page.becomeSomebodyElse(),
      visit: (url) => page.goto(url),
      reload: () => page.reload(),
      click: () => page.click(VIEWER),
      key: (key, down) => page.keys(`${down ? '+' : '-'}${key}`),
      evaluate: (expression) => page.evaluate(expression),
      close: () => page.close(),
    };
  },
} as const;

/** One person at a link, behind a wall, in whichever browser. */
export class Visitor {
  readonly #window: Window;

  private constructor(window: Window) {
    this.#window = window;
  }

  static async start(browser: keyof typeof BROWSERS, network: WalledNetwork): Promise<Visitor> {
    return new Visitor(await BROWSERS[browser](network));
  }

  /** As somebody who has never been there. Returns the ms until the first picture is shown. */
  async visit(link: string): Promise<number> {
    await this.#window.becomeSomebodyElse();
    const began = performance.now();
    await this.open(link);
    await this.frames(1);
    return performance.now() - began;
  }

  /** The page of a link that may not show a picture at once. */
  async open(link: string): Promise<void> {
    // Links to one stream differ in their fragments alone, for which a browser loads nothing.
    await this.#window.visit('about:blank');
    await this.#window.visit(link);
    await this.#untilViewer();
  }

  /** Returns the ms until the first picture is shown. */
  async reload(): Promise<number> {
    const began = performance.now();
    await this.#window.reload();
    await this.#untilViewer();
    await this.frames(1);
    return performance.now() - began;
  }

  /** The numbers of the next pictures, all readable. */
  async frames(count: number): Promise<number[]> {
    return numbersOf(await this.shown(count));
  }

  shown(count: number): Promise<ShownFrame[]> {
    return this.#run(readFrames, count);
  }

  /** Waits until the page says this, over the picture or beside it. */
  says(text: RegExp): Promise<string> {
    return poll(
      `the page to say ${text}`,
      () =>
        this.#run(() => {
          const notice = document.querySelector('moonshare-viewer')?.shadowRoot?.querySelector<HTMLElement>('.notice');
          // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not said.
          return `${document.body.innerText}\n${notice?.hidden === false ? notice.textContent : ''}`;
        }),
      (said) => text.test(said),
    );
  }

  async enterPin(pin: string): Promise<void> {
    await this.says(/This link needs a PIN|Wrong PIN/);
    await this.#run((digits) => {
      const form = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector<HTMLFormElement>('form')!;
      form.querySelector('input')!.value = digits;
      form.requestSubmit();
    }, pin);
  }

  async takeControl(): Promise<void> {
    await this.#window.click();
    await this.says(/Keyboard and mouse control the remote computer/);
  }

  click(): Promise<void> {
    return this.#window.click();
  }

  key(key: string, down: boolean): Promise<void> {
    return this.#window.key(key, down);
  }

  /** A gamepad with this button down, or none; this stands in for the driver. */
  async plugInGamepad(button: number | null): Promise<void> {
    await this.#run(presentGamepad, button);
  }

  statistics(): Promise<MediaStatistics | null> {
    return this.#run(() => document.querySelector('moonshare-viewer')!.statistics());
  }

  /** Resolves once the sound is this loud, 0..1. */
  async hears(least: number): Promise<void> {
    await this.#run(hearLoudness, least);
  }

  close(): Promise<void> {
    return this.#window.close();
  }

  async #untilViewer(): Promise<void> {
    await poll(
      'the page',
      () => this.#run(() => document.querySelector('moonshare-viewer') !== null),
      (isThere) => isThere,
    );
  }

  /** Runs the function in the page; arguments and result pass as JSON. */
  async #run<A extends unknown[], R>(task: (...given: A) => R | Promise<R>, ...given: A): Promise<R> {
    const call = `(${task})(...${JSON.stringify(given)})`;
    return JSON.parse(await this.#window.evaluate(`(async () => JSON.stringify((await ${call}) ?? null))()`));
  }
}
