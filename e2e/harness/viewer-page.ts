import type { Statistics } from '@moonshare/client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newPerson } from './chromium.ts';
import { plugInGamepad } from './fake-gamepad.ts';
import { nextFrames, numbersOf } from './frames.ts';
import { poll } from './virtual-host.ts';

/** One person at a link, in a browser context of their own. */
export class ViewerPage {
  readonly page: Page;
  readonly #person: BrowserContext;
  readonly #faults: string[] = [];
  #gamepad: Awaited<ReturnType<typeof plugInGamepad>> | null = null;

  private constructor(person: BrowserContext, page: Page) {
    this.#person = person;
    this.page = page;
    page.on('pageerror', (error) => this.#faults.push(error.message));
  }

  /** Opens the link; does not wait for anything else. */
  static async open(browser: Browser, link: string, options: { gamepad?: boolean } = {}): Promise<ViewerPage> {
    const person = await newPerson(browser);
    const viewer = new ViewerPage(person, await person.newPage());
    if (options.gamepad) viewer.#gamepad = await plugInGamepad(viewer.page);
    await viewer.page.goto(link);
    return viewer;
  }

  /** Waits until the page says this. */
  async says(text: RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Waits for pictures, and returns the numbers of the next `count`, all readable. */
  async frames(count: number): Promise<number[]> {
    return numbersOf(await nextFrames(this.page, count));
  }

  /** Gives keyboard and mouse to the host, as people do. */
  async takeControl(): Promise<void> {
    await this.page.locator('moonshare-viewer').click();
    await this.says(/Keyboard and mouse are over there/);
  }

  async pressGamepad(button: number, down: boolean): Promise<void> {
    if (this.#gamepad === null) throw new Error('this viewer has no gamepad');
    await this.#gamepad.press(button, down);
  }

  async statistics(): Promise<Statistics> {
    const statistics = await this.page.evaluate(() => document.querySelector('moonshare-viewer')?.statistics());
    if (!statistics) throw new Error('the viewer has no statistics: it is not connected');
    return statistics;
  }

  untilStatistics(what: string, wanted: (statistics: Statistics) => boolean): Promise<Statistics> {
    return poll(`the viewer's statistics: ${what}`, () => this.statistics(), wanted);
  }

  /** The tab goes, without a word to anybody. */
  async crash(): Promise<void> {
    await this.#person.close();
  }

  /** Fails if the page threw anything. */
  async close(): Promise<void> {
    await this.#person.close();
    if (this.#faults.length > 0) throw new Error(`errors in the page: ${this.#faults.join('; ')}`);
  }
}
