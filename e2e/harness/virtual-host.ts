import { setTimeout as delay } from 'node:timers/promises';
import { clamp } from '@moonshare/contract';
import {
  type ForkedVirtualHost,
  findFreeBasePort,
  forkVirtualHost,
  type VirtualHostOptions,
} from '@moonshare/virtual-host';
import type { SmallDesktopState } from '../../packages/virtual-host/admin/small-desktop-state.ts';

export const PIN = '4711';

/** The part of `GET /state` that tests read. */
export interface HostState {
  app: unknown;
  runningApps: unknown[];
  /** How often an app was started, not resumed. */
  appStarts: number;
  /** A launch has arrived whose app is not ready yet. */
  isPreparingApp: boolean;
  pairedClients: number;
  sessions: {
    id: number;
    bitrateKbps: number | null;
    framesSent: number;
    videoBytes: number;
    idrRequests: number;
    idrsSent: number;
    datagramsDropped: number;
  }[];
  heldKeyNames: string[];
  heldButtonNames: string[];
  pointer: { x: number; y: number; width: number; height: number };
  text: string;
  /** The contents of an editor there, as keys and text have typed them. */
  typed: string;
  gamepads: { slot: number; pressed: string[] }[];
}

/** Fractions of the picture. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The part of `GET /desktop` that tests read. */
export interface DesktopState {
  field: { text: string };
  submitted: string[];
  buttons: Record<'red' | 'green' | 'blue', Record<'left' | 'middle' | 'right' | 'x1' | 'x2' | 'keyboard', number>>;
  checked: boolean;
  list: { offset: number; opened: { name: string } | null };
  box: Area & { onTarget: boolean; drops: number };
  menu: { kind: string; chosen: string | null };
  focus: string | null;
  lastKeys: string | null;
  heldKeys: string[];
  heldButtons: string[];
  places: Record<'file' | 'edit' | 'red' | 'green' | 'blue' | 'field' | 'checkBox' | 'list' | 'target', Area> & {
    menuItems: Area[];
  };
}

/** One entry of `GET /input`, as far as tests read it. */
export interface HostInput {
  sequence: number;
  kind: string;
  key?: string;
  buttonName?: string;
  text?: string;
  event?: string;
  pressed?: string[];
}

/** A virtual host in a process of its own, observed through its admin port. */
export class TestHost {
  #host: ForkedVirtualHost;
  /** What has been read of its input, oldest first. */
  #input: HostInput[] = [];
  readonly #options: VirtualHostOptions;

  private constructor(host: ForkedVirtualHost, options: VirtualHostOptions) {
    this.#host = host;
    this.#options = options;
  }

  static async start(changes: VirtualHostOptions = {}): Promise<TestHost> {
    const options = { basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: PIN, ...changes };
    return new TestHost(await forkVirtualHost(options), options);
  }

  get pid(): number {
    return this.#host.process.pid!;
  }

  /** Starts the same host again after `kill`; with a `stateDir` it remembers its paired clients. */
  async revive(): Promise<void> {
    this.#host = await forkVirtualHost(this.#options);
    this.#input = [];
  }

  get httpPort(): number {
    return this.#host.httpPort;
  }

  state(): Promise<HostState> {
    return this.#call('GET', '/state');
  }

  /** Of a host with the small desktop. */
  desktop(): Promise<DesktopState> {
    return this.#call('GET', '/desktop');
  }

  /** All of it so far; only what is new is asked for. */
  async input(): Promise<HostInput[]> {
    const last = () => this.#input.at(-1)?.sequence ?? 0;
    const fresh = await this.#call<HostInput[]>('GET', `/input?since=${last()}`);
    this.#input = [...this.#input, ...fresh.filter(({ sequence }) => sequence > last())];
    return this.#input;
  }

  drop(percent: number): Promise<unknown> {
    return this.#call('POST', '/drop', { percent });
  }

  /** Polls until the state is as wanted. */
  async until(what: string, wanted: (state: HostState) => boolean): Promise<HostState> {
    return poll(`the host: ${what}`, () => this.state(), wanted);
  }

  async untilInput(what: string, wanted: (input: HostInput[]) => boolean): Promise<HostInput[]> {
    return poll(`the host's input: ${what}`, () => this.input(), wanted);
  }

  /** Enters the PIN that a client shows, as soon as the host waits for one. */
  async typePin(pin: string): Promise<void> {
    const type = () =>
      this.#call('POST', '/pin', { pin }).then(
        () => true,
        () => false,
      );
    await poll('the host to take the PIN', type, (taken) => taken);
  }

  /** The app ends by itself, and its sessions with it. */
  endApp(): Promise<unknown> {
    return this.#call('POST', '/end-app', {});
  }

  /** Dies without notice. */
  async kill(): Promise<void> {
    const exited = new Promise((resolve) => this.#host.process.once('exit', resolve));
    await this.#call('POST', '/kill').catch(() => undefined);
    await exited;
  }

  /** Hangs: nothing of it runs until `goOn`. */
  stop(): void {
    this.#host.process.kill('SIGSTOP');
  }

  goOn(): void {
    this.#host.process.kill('SIGCONT');
  }

  close(): Promise<void> {
    this.goOn();
    return this.#host.close();
  }

  /** Only with the option `desktop`, or the app "Desktop demo". */
  smallDesktop(): Promise<SmallDesktopState> {
    return this.#call('GET', '/desktop');
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#host.adminPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} at the host: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

const POLL_MS = { least: 50, most: 200 };
const GIVE_UP_MS = 40_000;

/** For what can only be polled, less often the longer it takes, as each look costs server and host time. Fails with the last value, so that a red test shows what was there instead. */
export async function poll<T>(what: string, look: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  const began = performance.now();
  for (;;) {
    const value = await look();
    if (wanted(value)) return value;
    const waited = performance.now() - began;
    if (waited > GIVE_UP_MS) throw new Error(`Waited in vain for ${what}. Last seen: ${JSON.stringify(value)}`);
    await delay(clamp(waited / 10, POLL_MS.least, POLL_MS.most));
  }
}
