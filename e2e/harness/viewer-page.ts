import type { MediaStatistics } from '@moonshare/client';
import type { TransportKind } from '@moonshare/contract';
import type { Browser, Page } from 'playwright-core';
import { newPersonsPage, personLeaves } from './chromium.ts';
import { plugInGamepad } from './fake-gamepad.ts';
import { nextFrames, numbersOf } from './frames.ts';
import { hearLoudness } from './sound.ts';
import { poll } from './virtual-host.ts';

/** One person at a link, in a browser context of their own. */
export class ViewerPage {
  readonly page: Page;
  readonly #faults: string[] = [];
  #gamepad: Awaited<ReturnType<typeof plugInGamepad>> | null = null;

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.#faults.push(error.message));
  }

  /**
   * Opens the link and waits for the page, not for the stream. Without a `transport` the page chooses. The gamepad may have a button
   * down from the start; `before` runs in the page before anything else.
   */
  static async open(
    browser: Browser,
    link: string,
    options: { transport?: TransportKind; gamepad?: boolean | { held: number }; before?: () => void } = {},
  ): Promise<ViewerPage> {
    const viewer = await ViewerPage.blank(browser);
    const { transport, gamepad, before } = options;
    if (before !== undefined) await viewer.page.addInitScript(before);
    if (gamepad) viewer.#gamepad = await plugInGamepad(viewer.page, gamepad === true ? null : gamepad.held);
    await viewer.#load(link, transport);
    return viewer;
  }

  /** A person whose page is still empty. */
  static async blank(browser: Browser): Promise<ViewerPage> {
    return new ViewerPage(await newPersonsPage(browser));
  }

  /** Leaves what it shows for another link, and waits for the page. */
  async visit(link: string, transport?: TransportKind): Promise<void> {
    // A link that differs in its fragment alone would load nothing.
    await this.page.goto('about:blank');
    await this.#load(link, transport);
  }

  async #load(link: string, transport: TransportKind | undefined): Promise<void> {
    const url = new URL(link);
    if (transport !== undefined) url.searchParams.set('transport', transport);
    await this.page.goto(url.href);
    await this.page.locator('moonshare-viewer').waitFor();
  }

  /** Waits for the page. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator('moonshare-viewer').waitFor();
  }

  /** Waits until the page shows this. */
  async says(text: RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Milliseconds from the connected peer to the first picture, as the page saw it. */
  waitForPicture(): Promise<number> {
    return this.page.evaluate(async () => {
      const viewer = document.querySelector('moonshare-viewer')!;
      const video = viewer.shadowRoot!.querySelector('video')!;
      while (viewer.state.kind !== 'playing') await new Promise((next) => viewer.addEventListener('statechange', next));
      const connected = performance.now();
      if (video.readyState < 2) await new Promise((next) => video.addEventListener('loadeddata', next));
      return performance.now() - connected;
    });
  }

  /** Waits for pictures, and returns the numbers of the next `count`, all readable. */
  async frames(count: number): Promise<number[]> {
    return numbersOf(await nextFrames(this.page, count));
  }

  /** Gives keyboard and mouse to the host, as people do. */
  async takeControl(): Promise<void> {
    await this.page.locator('moonshare-viewer').click();
    await this.says(/Keyboard and mouse control the remote computer/);
  }

  async pressGamepad(button: number, down: boolean): Promise<void> {
    if (this.#gamepad === null) throw new Error('this viewer has no gamepad');
    await this.#gamepad.press(button, down);
  }

  async statistics(): Promise<MediaStatistics> {
    const statistics = await this.page.evaluate(() => document.querySelector('moonshare-viewer')?.statistics());
    if (!statistics) throw new Error('the viewer has no statistics: it is not connected');
    return statistics;
  }

  untilStatistics(what: string, wanted: (statistics: MediaStatistics) => boolean): Promise<MediaStatistics> {
    return poll(`the viewer's statistics: ${what}`, () => this.statistics(), wanted);
  }

  /** The root mean square, 0..1, of the first sound of this page that reaches `least`. */
  loudness(least: number): Promise<number> {
    return this.page.evaluate(hearLoudness, least);
  }

  /** The tab disappears without notice. */
  async crash(): Promise<void> {
    await this.page.context().close();
  }

  /** Fails if the page threw anything. */
  async close(): Promise<void> {
    await personLeaves(this.page);
    if (this.#faults.length > 0) throw new Error(`errors in the page: ${this.#faults.join('; ')}`);
  }
}
