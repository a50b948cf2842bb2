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

/** One page in the system's Firefox, headless, over WebDriver BiDi: Debian's Firefox supports too little of it for playwright-core. */
export class FirefoxPage {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #context = '';

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

  static async open(path: string, url: string): Promise<FirefoxPage> {
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
    const socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const page = new FirefoxPage(child, socket, profile);
    await page.#call('session.new', { capabilities: {} });
    const { contexts } = (await page.#call('browsingContext.getTree', {})) as { contexts: { context: string }[] };
    page.#context = contexts[0]!.context;
    await page.#call('browsingContext.activate', { context: page.#context });
    await page.goto(url);
    return page;
  }

  async goto(url: string): Promise<void> {
    await this.#call('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  /** The string that the expression, or its promise, evaluates to. */
  async evaluate(expression: string): Promise<string> {
    const target = { context: this.#context };
    const answer = await this.#call('script.evaluate', { expression, target, awaitPromise: true });
    return (answer as { result: { value: string } }).result.value;
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
