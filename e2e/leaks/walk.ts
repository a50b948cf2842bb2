import assert from 'node:assert/strict';
import type { StreamerInfo } from '@moonshare/contract';
import { generator, type Random } from '../chaos/random.ts';
import type { Stack } from '../harness/stack.ts';
import { poll } from '../harness/virtual-host.ts';

const PLACES = 4;
const CLIENTS = 6;
/** Probability that the next request does not wait for this one. */
const HASTE = 0.5;
/** Probability that a streamer is ended while it starts. */
const REGRET = 0.3;
/** Probability of asking for the first app, so that requests often meet. */
const FAVOUR = 0.75;
const TINY = { width: 640, height: 360, fps: 10, bitrate: 500 };

/** One of the streamers that may exist at the same time. */
type Place =
  | { state: 'empty' }
  | { state: 'starting'; id: string; answered: Promise<void> }
  | { state: 'up'; id: string }
  | { state: 'ending'; id: string; answered: Promise<void> };

/** After this a DELETE is answered though the app has not ended yet; its certificate is leased until it has. */
const ANSWERED_ANYWAY_MS = 2_000;

/** From before a streamer is requested until its app has ended, in monotonic ms. */
interface Stay {
  appId: number;
  until: number;
}

export interface Figures {
  posts: number;
  deletes: number;
  /** `200` or the error code, and how often. */
  answers: Record<string, number>;
  /** Most streamers at the same time, those included that start or end, or whose app may not have ended yet. */
  most: number;
  /** ms. */
  slowestPost: number;
  slowestDelete: number;
}

/**
 * Agents that come and go at random: impatient callers start and end `posts` streamers, up to four at a time. Throws if one that
 * was reported up is not.
 */
export class Walk {
  readonly figures: Figures = { posts: 0, deletes: 0, answers: {}, most: 0, slowestPost: 0, slowestDelete: 0 };
  readonly #stack: Stack;
  readonly #random: Random;
  readonly #oneStream: boolean;
  readonly #apps: number[];
  readonly #places: Place[] = Array.from({ length: PLACES }, () => ({ state: 'empty' }));
  readonly #stays = new Map<string, Stay>();
  readonly #faults: unknown[] = [];
  /** Streamers that are gone, but whose app may not have ended yet. */
  readonly #unsettled = new Set<string>();

  private constructor(stack: Stack, options: { seed: number; oneStream: boolean }, apps: number[]) {
    this.#stack = stack;
    this.#random = generator(options.seed);
    this.#oneStream = options.oneStream;
    this.#apps = apps;
  }

  /** `oneStream`: the host serves only one stream to this machine, whatever its app. */
  static async start(stack: Stack, options: { seed: number; oneStream: boolean }): Promise<Walk> {
    const { apps } = await stack.api.call<{ apps: { app_id: number }[] }>('GET', '/api/apps?host_id=0');
    return new Walk(
      stack,
      options,
      apps.map(({ app_id }) => app_id),
    );
  }

  /** `posts` more. All streamers have ended when it resolves. */
  async run(posts: number): Promise<Figures> {
    const last = this.figures.posts + posts;
    while (this.figures.posts < last) await this.#step(Math.floor(this.#random() * PLACES), true);
    for (let at = 0; at < PLACES; at++) while (this.#places[at]!.state !== 'empty') await this.#step(at, false);
    return this.figures;
  }

  /** Nothing is left of past streamers: no app, no lease. */
  settled(): void {
    for (const stay of this.#stays.values()) stay.until = Math.min(stay.until, performance.now());
    this.#unsettled.clear();
  }

  async #step(at: number, more: boolean): Promise<void> {
    const place = this.#places[at]!;
    const isHasty = more && this.#random() < HASTE;
    switch (place.state) {
      case 'empty':
        if (more) await this.#begin(at, isHasty);
        break;
      case 'starting':
        if (more && this.#random() < REGRET) await this.#end(at, place, isHasty);
        else await place.answered;
        break;
      case 'up':
        await this.#look(place);
        await this.#end(at, place, isHasty);
        break;
      case 'ending':
        await place.answered;
        break;
    }
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  async #begin(at: number, isHasty: boolean): Promise<void> {
    const id = `walk-${this.figures.posts++}`;
    const answered = this.#post(at, id).catch((error) => void this.#faults.push(error));
    this.#places[at] = { state: 'starting', id, answered };
    this.#count();
    if (!isHasty) await answered;
  }

  async #post(at: number, id: string): Promise<void> {
    const began = performance.now();
    const appId = this.#apps[this.#random() < FAVOUR ? 0 : 1]!;
    this.#stays.set(id, { appId, until: Number.POSITIVE_INFINITY });
    const client = Math.floor(this.#random() * CLIENTS);
    const request = { streamer_id: id, client_unique_id: `agent-${client}`, host_id: 0, app_id: appId, ...TINY };
    const { status, body } = await this.#stack.api.answer('POST', '/api/streamers', request);
    this.figures.slowestPost = Math.max(this.figures.slowestPost, performance.now() - began);
    const answer = status === 200 ? '200' : String(body.code);
    if (status !== 200) this.#unsettled.add(id);
    // The host refused its launch.
    if (answer === 'HOST_BUSY') this.#stays.get(id)!.until = performance.now();
    this.figures.answers[answer] = (this.figures.answers[answer] ?? 0) + 1;
    if (answer === 'HOST_BUSY') {
      const others = [...this.#stays].filter(([other, { until }]) => other !== id && until > began);
      const isTrue = others.some(([, other]) => this.#oneStream || other.appId !== appId);
      assert.ok(isTrue, `${id}: the host is busy with an app that is nobody's`);
    }
    const place = this.#places[at]!;
    // Deleted meanwhile: either answer was true when it was given.
    if (place.state !== 'starting' || place.id !== id) return;
    if (status === 200) {
      assert.deepEqual([body.status, body.moonlight_connected], ['active', true]);
      this.#places[at] = { state: 'up', id };
    } else {
      assert.equal((await this.#stack.api.answer('GET', `/api/streamers/${id}`)).status, 404, `${id}: ${answer}`);
      this.#places[at] = { state: 'empty' };
    }
  }

  async #end(at: number, { id, state }: Place & { id: string }, isHasty: boolean): Promise<void> {
    const answered = this.#delete(at, id, { isStarting: state === 'starting' }).catch(
      (error) => void this.#faults.push(error),
    );
    this.#places[at] = { state: 'ending', id, answered };
    if (!isHasty) await answered;
  }

  async #delete(at: number, id: string, { isStarting }: { isStarting: boolean }): Promise<void> {
    const before = performance.now();
    const { status } = await this.#stack.api.answer('DELETE', `/api/streamers/${id}`);
    const ms = performance.now() - before;
    this.figures.slowestDelete = Math.max(this.figures.slowestDelete, ms);
    // While the host starts the app, nobody waits for its end.
    if (isStarting || ms >= ANSWERED_ANYWAY_MS) this.#unsettled.add(id);
    else this.#stays.get(id)!.until = performance.now();
    this.figures.deletes++;
    // One that was still starting may have failed by itself.
    assert.ok(status === 204 || status === 404, `DELETE ${id}: ${status}`);
    this.#places[at] = { state: 'empty' };
  }

  async #look({ id }: { id: string }): Promise<void> {
    // A starved machine loses a connection now and then; a session that the host ended was ended by another streamer.
    const isSilence = (info: StreamerInfo) => info.status === 'reconnecting' && info.error?.code === 'CONTROL_LOST';
    const info = await poll(
      `${id} to be heard again`,
      () => this.#stack.api.streamer(id),
      (now) => !isSilence(now),
    );
    assert.deepEqual([info.status, info.error], ['active', null], id);
  }

  #count(): void {
    const there = this.#places.filter(({ state }) => state !== 'empty').length;
    this.figures.most = Math.max(this.figures.most, there + this.#unsettled.size);
  }
}
