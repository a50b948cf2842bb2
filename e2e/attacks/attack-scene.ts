import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { NativePeer } from '../../packages/streamer/webrtc/testing/native-peer.ts';
import type { FromAttacker, ToAttacker } from './attacker.ts';
import type { FromStreamer, StreamerUsage, ToStreamer } from './streamer.ts';

/** Of one viewer, since the attack began. */
interface Watching {
  frames: number;
  lastAt: number;
  longestMs: number;
  closed: string | null;
}

type ToldOfOne = Extract<FromStreamer, { id: string }>;

/** `without-refill`: what a viewer may do at once is all that it may ever do. */
type Budgets = 'as usual' | 'without-refill';

/** How an attack went. */
export interface AttackResult {
  sent: number;
  ms: number;
  /** Why the attacker was closed; null: it still gets media. */
  closed: string | null;
  usage: StreamerUsage;
  /** Of all viewers, between two frames. */
  longestGapMs: number;
}

/** A streamer in a process of its own, and viewers of another WebRTC implementation that watch it. */
export class AttackScene {
  readonly #streamer: ChildProcess;
  readonly #peers: NativePeer[];
  readonly #watching: Watching[];
  readonly #attacker: ChildProcess;
  #attack: {
    id: string;
    closed: string | null;
    done(result: { sent: number; ms: number; closed: string | null }): void;
  } | null = null;
  #attacks = 0;
  #told: (usage: StreamerUsage) => void = () => {};
  #frame = () => {};
  #port = 0;

  private constructor(viewers: number, budgets: Budgets) {
    this.#streamer = fork(new URL('./streamer.ts', import.meta.url), [budgets], { execArgv: [] });
    this.#attacker = fork(new URL('./attacker.ts', import.meta.url), { execArgv: [] });
    this.#peers = Array.from({ length: viewers }, (_, at) => new NativePeer(`viewer ${at}`));
    this.#watching = this.#peers.map(() => ({ frames: 0, lastAt: 0, longestMs: 0, closed: null }));
  }

  static async start(viewers: number, budgets: Budgets): Promise<AttackScene> {
    const scene = new AttackScene(viewers, budgets);
    const [{ port }] = (await once(scene.#streamer, 'message')) as [{ port: number }];
    scene.#port = port;
    scene.#streamer.on('message', (message: FromStreamer) => scene.#hear(message));
    scene.#attacker.on('message', (message: FromAttacker) => scene.#hearAttacker(message));
    scene.#streamer.once('exit', () => {
      for (const own of scene.#watching) own.closed ??= 'the streamer has ended';
      scene.#frame();
    });
    for (const [at, peer] of scene.#peers.entries()) scene.#watch(peer, at);
    await scene.showsAll();
    return scene;
  }

  /** Until each viewer that watches has got a whole frame more. Rejects if one is gone. */
  async showsAll(): Promise<void> {
    const before = this.#watching.map(({ frames }) => frames);
    while (this.#watching.some(({ frames }, at) => frames === before[at])) {
      const gone = this.#watching.find(({ closed }) => closed !== null);
      if (gone !== undefined) throw new Error(`a viewer was closed: ${gone.closed}`);
      await new Promise<void>((resolve) => {
        this.#frame = resolve;
      });
    }
  }

  /** Carries out an attack of `attacks.ts`, `times` times or until the attacker is closed. */
  async attack(name: string, times?: number): Promise<AttackResult> {
    const id = `${name} ${++this.#attacks}`;
    tell(this.#streamer, { join: id });
    const { sent, ms, closed } = await new Promise<{ sent: number; ms: number; closed: string | null }>((resolve) => {
      this.#attack = { id, closed: null, done: resolve };
      tell(this.#attacker, { attack: name, port: this.#port, times });
    });
    const usage = await this.#usage();
    tell(this.#streamer, { leave: id });
    return { sent, ms, closed, usage, longestGapMs: Math.max(...this.#watching.map((one) => one.longestMs)) };
  }

  close(): void {
    for (const peer of this.#peers) peer.close();
    this.#attacker.kill('SIGKILL');
    this.#streamer.kill('SIGKILL');
  }

  async #begin(): Promise<void> {
    await this.showsAll();
    for (const own of this.#watching) Object.assign(own, { longestMs: 0, lastAt: performance.now() });
    await this.#usage();
    tell(this.#attacker, { go: true });
  }

  #usage(): Promise<StreamerUsage> {
    return new Promise((resolve) => {
      this.#told = resolve;
      tell(this.#streamer, { ask: true });
    });
  }

  #watch(peer: NativePeer, at: number): void {
    const own = this.#watching[at]!;
    peer.on('signal', (signal) => tell(this.#streamer, { id: String(at), signal }));
    peer.on('rtp', ({ marker }) => {
      if (!marker) return;
      const now = performance.now();
      own.longestMs = Math.max(own.longestMs, now - own.lastAt);
      own.lastAt = now;
      own.frames += 1;
      this.#frame();
    });
    tell(this.#streamer, { join: String(at) });
    peer.offer({ media: true });
  }

  #hearAttacker(message: FromAttacker): void {
    const attack = this.#attack!;
    if ('signal' in message) tell(this.#streamer, { id: attack.id, signal: message.signal });
    else if ('ready' in message) void this.#begin();
    else attack.done({ ...message, closed: attack.closed });
  }

  #hear(message: FromStreamer): void {
    if ('usage' in message) this.#told(message.usage);
    if (!('id' in message)) return;
    if (message.id === this.#attack?.id) this.#hearOfAttacker(message, this.#attack);
    else this.#hearOfViewer(message, Number(message.id));
  }

  #hearOfAttacker(message: ToldOfOne, attack: { closed: string | null }): void {
    if ('signal' in message) tell(this.#attacker, { signal: message.signal });
    else {
      attack.closed = message.closed;
      tell(this.#attacker, { closed: true });
    }
  }

  #hearOfViewer(message: ToldOfOne, at: number): void {
    // An attacker that has left.
    if (Number.isNaN(at)) return;
    if ('signal' in message) this.#peers[at]!.receive(message.signal);
    else {
      this.#watching[at]!.closed = message.closed;
      this.#frame();
    }
  }
}

function tell(child: ChildProcess, message: ToStreamer | ToAttacker): void {
  if (child.connected) child.send(message, () => {});
}
