import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';

const CANDIDATES = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** Without a sound card, sound would never begin to play. */
const PREFERENCES = 'user_pref("media.cubeb.force_mock_context", true);\n';

/** Where Firefox is; null: it is missing. */
export function firefoxPath(): string | null {
  return process.env.FIREFOX_PATH ?? CANDIDATES.find((path) => existsSync(path)) ?? null;
}

export interface FirefoxOptions {
  /** The port that leads to a port of it, where it runs in another network. */
  doorTo?: (port: number) => Promise<number>;
  /** Opens pages whose certificate nobody has signed. */
  acceptsAnyCertificate?: boolean;
}

/** One page in the system's Firefox, headless, over WebDriver BiDi: Debian's Firefox supports too little of it for playwright-core. */
export class FirefoxPage {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #context = '';
  /** The tab in front of it. */
  #cover: string | null = null;

  private constructor(process: ChildProcess, socket: WebSocket, profile: string) {
    this.#process = process;
    this.#socket = socket;
    this.#profile = profile;
    socket.on('message', (data) => {
      const { id, result, message } = JSON.parse(String(data));
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (result !== undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(message));
    });
  }

  static async open(
    path: string,
    url: string,
    { doorTo = async (port) => port, acceptsAnyCertificate = false }: FirefoxOptions = {},
  ): Promise<FirefoxPage> {
    const profile = await mkdtemp(join(tmpdir(), 'moonshare-firefox-'));
    await writeFile(join(profile, 'user.js'), PREFERENCES);
    const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const address = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error('Firefox ended before it listened')));
      createInterface({ input: child.stderr! }).on('line', (line) => {
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(line);
        if (found !== null) resolve(found[1]!);
      });
    });
    const { host, port } = new URL(address);
    const socket = new WebSocket(`ws://127.0.0.1:${await doorTo(Number(port))}/session`, { headers: { host } });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const page = new FirefoxPage(child, socket, profile);
    await page.#call('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: acceptsAnyCertificate } } });
    const { contexts } = (await page.#call('browsingContext.getTree', {})) as { contexts: { context: string }[] };
    page.#context = contexts[0]!.context;
    await page.#call('browsingContext.activate', { context: page.#context });
    await page.goto(url);
    return page;
  }

  /** Resolves when the page has loaded. */
  async goto(url: string): Promise<void> {
    await this.#call('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  async reload(): Promise<void> {
    await this.#call('browsingContext.reload', { context: this.#context, wait: 'complete' });
  }

  /** Goes on in another tab, of somebody who has never been anywhere. */
  async becomeSomebodyElse(): Promise<void> {
    const before = this.#context;
    const { userContext } = (await this.#call('browser.createUserContext', {})) as { userContext: string };
    this.#context = await this.#newTab(userContext);
    await this.#call('browsingContext.activate', { context: this.#context });
    await this.#call('browsingContext.close', { context: before });
  }

  /** Puts another tab in front of it, or takes that away. */
  async hide(isHidden: boolean): Promise<void> {
    if (isHidden) {
      this.#cover ??= await this.#newTab();
      await this.#call('browsingContext.activate', { context: this.#cover });
    } else if (this.#cover !== null) {
      await this.#call('browsingContext.activate', { context: this.#context });
      await this.#call('browsingContext.close', { context: this.#cover });
      this.#cover = null;
    }
  }

  async #newTab(userContext?: string): Promise<string> {
    const created = await this.#call('browsingContext.create', { type: 'tab', userContext });
    return (created as { context: string }).context;
  }

  /** In the middle of the first element that matches. */
  async click(selector: string): Promise<void> {
    const place = `(() => { const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return JSON.stringify([Math.round(x + width / 2), Math.round(y + height / 2)]); })()`;
    const [x, y] = JSON.parse(await this.evaluate(place)) as [number, number];
    const actions = [
      { type: 'pointerMove', x, y },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    await this.#call('input.performActions', {
      context: this.#context,
      actions: [{ type: 'pointer', id: 'pointer', actions }],
    });
  }

  /** The string that the expression, or its promise, evaluates to. */
  async evaluate(expression: string): Promise<string> {
    const target = { context: this.#context };
    const answer = (await this.#call('script.evaluate', { expression, target, awaitPromise: true })) as {
      result: { value: string };
      exceptionDetails?: { text: string };
    };
    if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.text);
    return answer.result.value;
  }

  /** Presses and releases keys, each `+key` or `-key`, as WebDriver names them. */
  async keys(...presses: string[]): Promise<void> {
    const actions = presses.map((press) => ({
      type: press.startsWith('+') ? 'keyDown' : 'keyUp',
      value: press.slice(1),
    }));
    await this.#call('input.performActions', {
      context: this.#context,
      actions: [{ type: 'key', id: 'keys', actions }],
    });
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#socket.close();
    this.#process.kill();
    await exited;
    await rm(this.#profile, { recursive: true, force: true });
  }

  #call(method: string, params: unknown): Promise<unknown> {
    const id = this.#waiting.size === 0 ? 1 : Math.max(...this.#waiting.keys()) + 1;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }
}
