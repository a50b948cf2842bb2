import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { ErrorCode, Role, ViewerAccount } from '@moonshare/contract';
import type { NegotiatedTransport } from '../../packages/streamer/viewer/transport.ts';
import type { WebRtcEngine } from '../../packages/streamer/webrtc/engine.ts';
import type { FloodKind } from '../harness/flood/floods.ts';
import type { FromFlooder, ToFlooder } from './flooder-main.ts';

/** A malicious viewer in its own process, so that its cost to this one can be seen. Killed at the end of the test. */
export class Flooder {
  readonly viewer: NegotiatedTransport;
  /** Its input events that came through. */
  inputs = 0;
  /** Why it was closed; undefined: it was not. */
  closedWith: ErrorCode | null | undefined;
  readonly #process: ChildProcess;
  readonly #closed = Promise.withResolvers<'closed'>();
  readonly #connected = Promise.withResolvers<void>();
  readonly #ssrc = Promise.withResolvers<number>();

  private constructor(child: ChildProcess, engine: WebRtcEngine, options: { role: Role; account: ViewerAccount }) {
    this.#process = child;
    this.viewer = engine.addTransport({
      id: `flooder ${child.pid}`,
      acceptsInput: () => options.role !== 'watch',
      account: options.account,
      events: {
        signal: (message) => {
          const [, ssrc] = /a=ssrc:(\d+) msid:moonshare video/.exec(JSON.stringify(message)) ?? [];
          if (ssrc !== undefined) this.#ssrc.resolve(Number(ssrc));
          this.#post({ receive: message });
        },
        opened: () => {},
        connected: () => this.#connected.resolve(),
        input: () => {
          this.inputs += 1;
        },
        inputLost: () => {},
        keyFrameNeeded: () => {},
        frameDropped: () => {},
        silent: () => {},
        closed: (error) => {
          this.closedWith = error?.code ?? null;
          this.#closed.resolve('closed');
        },
      },
    });
  }

  /** Resolves when it is connected. */
  static async join(
    t: TestContext,
    engine: WebRtcEngine,
    options: { role: Role; account: ViewerAccount },
  ): Promise<Flooder> {
    const child = fork(new URL('./flooder-main.ts', import.meta.url), { execArgv: [] });
    t.after(() => child.kill('SIGKILL'));
    const [{ signal: offer }] = await once(child, 'message');
    const flooder = new Flooder(child, engine, options);
    child.on('message', (message: FromFlooder) => {
      if ('signal' in message) flooder.viewer.signal(message.signal);
    });
    flooder.viewer.signal(offer);
    await flooder.#connected.promise;
    return flooder;
  }

  /**
   * Sends `turns` times 200 of these as fast as it can, until it is closed: the last of them may be read long after they were sent.
   * `failed`: its own side of a channel broke, which happens in floods.
   */
  async flood(kind: FloodKind, turns: number): Promise<'failed' | 'closed'> {
    const failed = new Promise<'failed'>((resolve) => {
      this.#process.on('message', (message: FromFlooder) => {
        if ('failed' in message) resolve('failed');
      });
    });
    this.#post({ flood: kind, ssrc: await this.#ssrc.promise, turns });
    return Promise.race([this.#closed.promise, failed]);
  }

  #post(message: ToFlooder): void {
    this.#process.send(message, () => {});
  }
}
