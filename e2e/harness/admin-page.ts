import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { newPerson } from './chromium.ts';
import { collectFaults } from './faults.ts';
import { poll } from './virtual-host.ts';

/** Somebody at the admin page, in a browser context of their own. */
export class AdminPage {
  readonly page: Page;
  readonly person: BrowserContext;
  readonly #faults: string[];

  private constructor(person: BrowserContext, page: Page, faults: string[]) {
    this.person = person;
    this.page = page;
    this.#faults = faults;
  }

  static async open(browser: Browser, server: string): Promise<AdminPage> {
    const person = await newPerson(browser);
    const page = await person.newPage();
    const admin = new AdminPage(person, page, await collectFaults(page));
    await admin.page.goto(`${server}/admin`);
    return admin;
  }

  /** Waits until the page shows this. */
  async says(text: RegExp | string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async logIn(user: string, password: string): Promise<void> {
    await this.page.getByLabel('User').fill(user);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Log in' }).click();
  }

  streamer(id: string): Locator {
    return this.page.getByRole('article', { name: id });
  }

  /** Opens the details of a streamer, and waits for its first figures. */
  async details(id: string): Promise<void> {
    await this.streamer(id)
      .getByRole('button', { name: `Details of ${id}` })
      .click();
    await this.streamer(id).getByText('Host round trip').waitFor();
  }

  /** The rows of viewers who came in this way. */
  viewers(id: string, who: string | RegExp): Locator {
    const row = this.streamer(id).getByRole('region', { name: 'Table of the viewers' }).locator('tbody tr');
    return row.filter({ has: this.page.getByRole('cell', { name: who, exact: true }) });
  }

  /** The cell of a viewer's row below this heading. */
  async cell(row: Locator, heading: string): Promise<string> {
    const headings = await row.locator('xpath=ancestor::table').getByRole('columnheader').allInnerTexts();
    // biome-ignore lint: the visible text is what counts.
    return row.locator('th, td').nth(headings.indexOf(heading)).innerText();
  }

  /** The value of a tile once it is as wanted. */
  figure(id: string, name: string, wanted: (value: string) => boolean): Promise<string> {
    const title = this.page.locator('dt', { hasText: new RegExp(`^${name}$`) });
    const tile = this.streamer(id).locator('dl > div').filter({ has: title });
    // biome-ignore lint: the visible text is what counts.
    return poll(`${name} of ${id}`, () => tile.locator('dd').first().innerText(), wanted);
  }

  /** Fails if the page threw or reported anything, including a breach of the content policy. */
  async close(): Promise<void> {
    await this.person.close();
    if (this.#faults.length > 0) throw new Error(`errors in the admin page: ${this.#faults.join('; ')}`);
  }
}
