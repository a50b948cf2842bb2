import assert from 'node:assert/strict';
import { VideoFormat } from '@moonshare/contract';
import { SMALL } from '../harness/api.ts';
import { Stack } from '../harness/stack.ts';
import type { HostInput, TestHost } from '../harness/virtual-host.ts';
import { LABELS, type Offerer } from './facts.ts';
import { ForeignViewer, type Way } from './foreign-viewer.ts';
import type { Kind, RunningKind } from './kinds.ts';
import { PeerPages } from './pages.ts';

/** Typed, one key after the other. */
const TEXT = 'MOONSHARE';
const FRAMES = 10;

interface PlayOptions {
  /** Pictures to wait for. */
  frames?: number;
  /** How often the text is typed. */
  texts?: number;
  /** Before it types. */
  check?: (viewer: ForeignViewer) => void;
}

/** Viewers that are not ours, at streams of a virtual host. */
export class Matrix {
  readonly #stack: Stack;
  readonly #pages: PeerPages;
  readonly #streamers = new Map<Kind['codec'], Promise<unknown>>();
  readonly #running = new Map<Kind, Promise<RunningKind>>();

  private constructor(stack: Stack, pages: PeerPages) {
    this.#stack = stack;
    this.#pages = pages;
  }

  /** `address`: where pages come from. */
  static async start(address?: string): Promise<Matrix> {
    const environment = { MOONSHARE_WEBRTC_STACK: 'native' };
    return new Matrix(...(await Promise.all([Stack.start({}, { environment }), PeerPages.start(address)])));
  }

  get host(): TestHost {
    return this.#stack.host;
  }

  async join(kind: Kind, way: Way, offerer: Offerer): Promise<ForeignViewer> {
    const [running] = await Promise.all([this.#run(kind), this.#stream(kind.codec)]);
    return ForeignViewer.join(this.#stack.api.url, kind.codec, () => running.open(), offerer, way);
  }

  /** It gets picture and sound, and what it types arrives once and in order. */
  async play(
    kind: Kind,
    way: Way,
    offerer: Offerer,
    { frames = FRAMES, texts = 1, check = () => {} }: PlayOptions = {},
  ): Promise<void> {
    const { host } = this;
    const keys = (input: HostInput[]) => input.filter(({ key }) => key !== undefined);
    const from = keys(await host.input()).length;
    const viewer = await this.join(kind, way, offerer);
    try {
      await viewer.frames(frames);
      const { path } = await viewer.until('sound', ({ sound }) => sound >= FRAMES);
      if (way.protocol !== undefined) assert.equal(path?.protocol, way.protocol);
      await viewer.until('all channels', ({ open }) => LABELS.every((label) => open.includes(label)));
      check(viewer);
      const text = TEXT.repeat(texts);
      const presses = [...text].flatMap((key) => [1, 0].map((down) => Uint8Array.of(0, down, 0, 0, key.charCodeAt(0))));
      await viewer.send('keyboard', ...presses);
      const typed = [...text].flatMap((key) => [`keyDown ${key}`, `keyUp ${key}`]);
      const input = await host.untilInput('what was typed', (all) => keys(all).length >= from + typed.length);
      assert.deepEqual(
        keys(input)
          .slice(from)
          .map((each) => `${each.kind} ${each.key}`),
        typed,
      );
    } finally {
      await viewer.close();
    }
  }

  async close(): Promise<void> {
    for (const running of this.#running.values()) await (await running).close();
    this.#pages.close();
    await this.#stack.close();
  }

  #run(kind: Kind): Promise<RunningKind> {
    return this.#once(this.#running, kind, () => kind.start(this.#pages));
  }

  #stream(codec: Kind['codec']): Promise<unknown> {
    const settings = { ...SMALL, video_supported_formats: VideoFormat[codec] };
    return this.#once(this.#streamers, codec, () => this.#stack.api.createStreamer(codec, settings));
  }

  #once<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
    const value = map.get(key) ?? make();
    map.set(key, value);
    return value;
  }
}
