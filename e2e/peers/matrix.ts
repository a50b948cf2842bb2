import assert from 'node:assert/strict';
import { VideoFormat } from '@moonshare/contract';
import { SMALL } from '../harness/api.ts';
import { Stack } from '../harness/stack.ts';
import type { Offerer } from './facts.ts';
import { ForeignViewer, type Way } from './foreign-viewer.ts';
import type { Kind, RunningKind } from './kinds.ts';
import { PeerPages } from './pages.ts';

/** Typed, one key after the other. */
const TEXT = 'MOONSHARE';
const FRAMES = 10;

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

  static async start(): Promise<Matrix> {
    const environment = { MOONSHARE_WEBRTC_STACK: 'native' };
    return new Matrix(...(await Promise.all([Stack.start({}, { environment }), PeerPages.start()])));
  }

  /** It gets picture and sound, and what it types arrives once and in order. */
  async play(kind: Kind, way: Required<Way>, offerer: Offerer): Promise<void> {
    const [running] = await Promise.all([this.#run(kind), this.#stream(kind.codec)]);
    const { host, api } = this.#stack;
    const from = (await host.input()).length;
    const viewer = await ForeignViewer.join(api.url, kind.codec, () => running.open(), offerer, way);
    try {
      await viewer.frames(FRAMES);
      const { path } = await viewer.until('sound', ({ sound }) => sound >= FRAMES);
      assert.equal(path?.protocol, way.protocol);
      const keys = [...TEXT].flatMap((key) => [1, 0].map((down) => Uint8Array.of(0, down, 0, 0, key.charCodeAt(0))));
      await viewer.send('keyboard', ...keys);
      const typed = [...TEXT].flatMap((key) => [`keyDown ${key}`, `keyUp ${key}`]);
      const input = await host.untilInput('what was typed', (all) => all.length >= from + typed.length);
      assert.deepEqual(
        input.slice(from).map((each) => `${each.kind} ${each.key}`),
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
