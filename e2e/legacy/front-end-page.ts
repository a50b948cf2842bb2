import type { Browser, Page } from 'playwright-core';
import { CREDENTIALS } from '../harness/api.ts';
import { newPersonsPage, personLeaves } from '../harness/chromium.ts';
import { nextFrames, numbersOf } from '../harness/frames.ts';
import { poll } from '../harness/virtual-host.ts';

/** How `other-front-end/` opens a stream; see there. */
export interface StreamOptions {
  path?: string;
  /** Sends an AuthenticateAndInit. */
  authenticates?: boolean;
  offers?: 'twice' | 'never' | 'late' | 'own';
  mice?: 'one' | 'split';
  pads?: number;
  closeAt?: string;
  init?: Record<string, unknown>;
}

/** What that front end has received and shows. */
export interface Seen {
  messages: unknown[];
  sent: string[];
  errors: string[];
  general: unknown[];
  serverChannels: string[];
  felt: number[][];
  tracks: string[];
  states: string[];
  descriptions: { ty: string; sdp: string }[];
  closed: { code: number; reason: string } | null;
}

/** `other-front-end/` in a browser context of its own. */
export class FrontEndPage {
  readonly page: Page;
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(error.message));
  }

  /** Opens the page and logs in. */
  static async open(browser: Browser, url: string, credentials = CREDENTIALS): Promise<FrontEndPage> {
    const front = new FrontEndPage(await newPersonsPage(browser));
    await front.page.goto(url);
    await front.page.waitForFunction('window.api !== undefined');
    await front.call('login', credentials);
    return front;
  }

  /** Calls a method of its Api. */
  call<T>(method: string, ...values: unknown[]): Promise<T> {
    return this.page.evaluate(`api.${method}(...${JSON.stringify(values)})`);
  }

  start(options: StreamOptions): Promise<void> {
    return this.page.evaluate(`start(${JSON.stringify(options)})`);
  }

  send(label: string, bytes: readonly number[]): Promise<void> {
    return this.page.evaluate(`stream.send(${JSON.stringify(label)}, ${JSON.stringify(bytes)})`);
  }

  seen(): Promise<Seen> {
    return this.page.evaluate('JSON.parse(JSON.stringify(stream))');
  }

  until(what: string, wanted: (seen: Seen) => boolean): Promise<Seen> {
    return poll(`the front end: ${what}`, () => this.seen(), wanted);
  }

  /** The numbers of the next pictures that it shows, in order. */
  async frames(count: number): Promise<number[]> {
    // Chromium counts the black before the first picture as one.
    return numbersOf(await nextFrames(this.page, count + 1)).filter((number) => number > 0);
  }

  /** The messages by name and stage: `StageStarting RTSP handshake`, `answer`, `candidate`. */
  async words(): Promise<string[]> {
    return (await this.seen()).messages.map(word);
  }

  closeStream(): Promise<void> {
    return this.page.evaluate('stream?.close()');
  }

  /** The tab closes. Throws if the page threw anything. */
  async close(): Promise<void> {
    await personLeaves(this.page);
    if (this.faults.length > 0) throw new Error(`errors in the page: ${this.faults.join('; ')}`);
  }
}

function word(message: unknown): string {
  if (typeof message === 'string') return message;
  const [[kind, body]] = Object.entries(message as object) as [[string, Record<string, { ty?: string }>]];
  if (kind === 'Signaling') return body.Description?.ty ?? 'candidate';
  return body.stage === undefined ? kind : `${kind} ${body.stage}`;
}
