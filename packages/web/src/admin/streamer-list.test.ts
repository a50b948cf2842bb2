import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerEvent, StreamerInfo } from '@moonshare/contract';
import fc from 'fast-check';
import { applyEvent, isIncomplete, type StreamerList, streamerListOf, withStreamer } from './streamer-list.ts';

const AT = '2026-01-02T03:04:05Z';
const ENCRYPTED = { control: true, input: true, video: true, audio: true, older_control: false };

function streamer(id: string, changes: Partial<StreamerInfo> = {}): StreamerInfo {
  return {
    streamer_id: id,
    status: 'starting',
    moonlight_connected: false,
    connected_peers: 0,
    width: 1280,
    height: 720,
    fps: 60,
    bitrate: 20_000,
    surround: 2,
    host_encryption: null,
    created_at: AT,
    peers: [],
    host_id: 0,
    app_id: 1,
    error: null,
    stage: null,
    stage_seconds: null,
    owner: null,
    may_manage: true,
    ...changes,
  };
}

function peer(id: string): StreamerInfo['peers'][number] {
  return {
    peer_id: id,
    connected_at: AT,
    role: 'watch',
    user: null,
    link_id: 3,
    name: `Guest ${id}`,
    participant_id: id,
  };
}

test('a state event updates status, stage and error, and an end removes the streamer', () => {
  const error = { error: 'Host cannot be reached', code: 'HOST_UNREACHABLE', hint: 'Is it on?' } as const;
  const before = streamerListOf([streamer('a'), streamer('b')], []);
  const after = applyEvent(before, {
    type: 'streamer.state',
    at: AT,
    streamer_id: 'a',
    status: 'reconnecting',
    stage: 'Asking the host',
    stage_seconds: 3,
    error,
  });
  assert.deepEqual(
    after.get('a'),
    streamer('a', { status: 'reconnecting', stage: 'Asking the host', stage_seconds: 3, error }),
  );
  assert.equal(before.get('a')?.status, 'starting');
  assert.deepEqual([...applyEvent(after, { type: 'streamer.ended', at: AT, streamer_id: 'a' }).keys()], ['b']);
});

test('events add and remove viewers; one that joined before the first event causes the list to be read again', () => {
  const before = streamerListOf([streamer('a', { connected_peers: 1, peers: [peer('p')] })], []);
  const joined: ServerEvent = { type: 'viewer.joined', at: AT, streamer_id: 'a', ...peer('q'), viewers: 2 };
  const more = applyEvent(applyEvent(before, joined), joined);
  assert.deepEqual(more.get('a'), streamer('a', { connected_peers: 2, peers: [peer('p'), peer('q')] }));
  assert.equal(isIncomplete(more, [joined]), false);
  assert.equal(isIncomplete(applyEvent(before, { ...joined, viewers: 3 }), [joined]), true);
  const left: ServerEvent = { type: 'viewer.left', at: AT, streamer_id: 'a', peer_id: 'p', viewers: 0 };
  const fewer = applyEvent(before, left);
  assert.deepEqual(fewer.get('a'), streamer('a'));
  assert.equal(isIncomplete(fewer, [left]), false);
});

test('an event of an unknown streamer causes the list to be read again, one of an ended streamer does not', () => {
  const created: ServerEvent = { type: 'streamer.created', at: AT, streamer_id: 'a', status: 'starting' };
  const ended: ServerEvent = { type: 'streamer.ended', at: AT, streamer_id: 'a' };
  assert.equal(isIncomplete(new Map(), [created]), true);
  assert.equal(isIncomplete(new Map(), [created, ended]), false);
  assert.equal(isIncomplete(new Map(), [ended, created]), true);
});

test('a late answer about an ended streamer does not bring it back', () => {
  const ended: ServerEvent = { type: 'streamer.ended', at: AT, streamer_id: 'a' };
  assert.equal(withStreamer(new Map(), streamer('a'), [ended]).size, 0);
});

// Events and answers use separate connections and arrive in any order: in the end the page must show what the server has.

/** What happens on the server, each change with its event. */
class ModelServer {
  readonly states: StreamerInfo[][] = [[]];
  readonly events: ServerEvent[] = [];
  #streamers = new Map<string, StreamerInfo>();
  #made = 0;

  do(deed: Deed, id: string): void {
    const about = { at: AT, streamer_id: id };
    const one = this.#streamers.get(id);
    this.#made += 1;
    if (deed === 'create' && one === undefined) {
      this.#set(streamer(id, { app_id: this.#made }), { type: 'streamer.created', ...about, status: 'starting' });
    }
    if (one === undefined) return;
    const { peers } = one;
    if (deed === 'state') {
      const status = one.status === 'active' ? 'reconnecting' : 'active';
      const stage = `stage ${this.#made}`;
      const changes = { status, stage, stage_seconds: this.#made, error: null } as const;
      const host_encryption = status === 'active' ? one.host_encryption : null;
      this.#set({ ...one, ...changes, host_encryption }, { type: 'streamer.state', ...about, ...changes });
    } else if (deed === 'host') {
      const moonlight_connected = !one.moonlight_connected;
      const state = moonlight_connected ? 'streaming' : 'recovering';
      const host_encryption = moonlight_connected ? ENCRYPTED : null;
      this.#set(
        { ...one, moonlight_connected, host_encryption },
        { type: 'host.state', ...about, state, host_encryption },
      );
    } else if (deed === 'bitrate') {
      const bitrate = 1_000 + this.#made;
      this.#set({ ...one, bitrate }, { type: 'streamer.bitrate', ...about, bitrate });
    } else if (deed === 'end') {
      this.#streamers.delete(id);
      this.#tell({ type: 'streamer.ended', ...about });
    } else if (deed === 'join') {
      const joined = peer(`peer ${this.#made}`);
      const viewers = peers.length + 1;
      this.#set(
        { ...one, connected_peers: viewers, peers: [...peers, joined] },
        { type: 'viewer.joined', ...about, ...joined, viewers },
      );
    } else if (deed === 'leave' && peers[0] !== undefined) {
      const { peer_id } = peers[0];
      const viewers = peers.length - 1;
      this.#set(
        { ...one, connected_peers: viewers, peers: peers.slice(1) },
        { type: 'viewer.left', ...about, peer_id, viewers },
      );
    }
  }

  #set(one: StreamerInfo, event: ServerEvent): void {
    this.#streamers.set(one.streamer_id, one);
    this.#tell(event);
  }

  #tell(event: ServerEvent): void {
    this.events.push(event);
    this.states.push([...this.#streamers.values()]);
  }
}

/** The page: what it has been told so far, and what it has asked for. */
class ModelPage {
  streamers: StreamerList | null = null;
  listWanted = true;
  told = 0;
  readonly #server: ModelServer;
  readonly #asked: { id: string | null; from: number }[] = [];

  constructor(server: ModelServer) {
    this.#server = server;
  }

  hear(): void {
    const event = this.#server.events[this.told];
    if (event === undefined) return;
    this.told += 1;
    if (this.streamers !== null) this.#show(applyEvent(this.streamers, event), [event]);
  }

  ask(id: string | null): void {
    if (id === null) this.listWanted = false;
    this.#asked.push({ id, from: this.told });
  }

  /** The oldest or newest question is answered with what the server had at some time since it was asked. */
  receive(newest: boolean, moment: number): void {
    const question = newest ? this.#asked.pop() : this.#asked.shift();
    if (question === undefined) return;
    const { states, events } = this.#server;
    const at = question.from + Math.floor(moment * (states.length - question.from));
    const state = states[at]!;
    const since = events.slice(question.from, this.told);
    const one = state.find(({ streamer_id }) => streamer_id === question.id);
    if (question.id === null) this.#show(streamerListOf(state, since), since);
    else if (one === undefined) this.listWanted = true;
    else if (this.streamers !== null) this.#show(withStreamer(this.streamers, one, since), since);
  }

  /** Everything in transit arrives, and whatever is still wanted is read. */
  settle(): void {
    while (this.told < this.#server.events.length) this.hear();
    while (this.#asked.length > 0) this.receive(false, 0);
    if (!this.listWanted) return;
    this.ask(null);
    this.receive(false, 0);
  }

  #show(streamers: StreamerList, events: ServerEvent[]): void {
    if (isIncomplete(streamers, events)) this.listWanted = true;
    this.streamers = streamers;
  }
}

type Deed = 'create' | 'state' | 'host' | 'bitrate' | 'end' | 'join' | 'leave';
type Step =
  | { kind: 'do'; deed: Deed; id: string }
  | { kind: 'hear' }
  | { kind: 'ask'; id: string | null }
  | { kind: 'receive'; newest: boolean; moment: number };

/** A late answer about a streamer that has since ended and been made again: only the list knows its state. */
const ENDED_AND_MADE_AGAIN = [
  { kind: 'do', deed: 'create', id: 'b' },
  { kind: 'hear' },
  { kind: 'ask', id: 'b' },
  { kind: 'do', deed: 'end', id: 'b' },
  { kind: 'ask', id: null },
  { kind: 'hear' },
  { kind: 'do', deed: 'create', id: 'b' },
  { kind: 'receive', newest: true, moment: 0 },
  { kind: 'hear' },
  { kind: 'ask', id: null },
  { kind: 'receive', newest: true, moment: 0 },
] satisfies Step[];

test('whatever the order of events and answers, the page ends up with what the server has', () => {
  const ids = fc.constantFrom('a', 'b');
  const deeds = fc.constantFrom<Deed>('create', 'create', 'state', 'host', 'bitrate', 'end', 'join', 'leave');
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('do' as const), deed: deeds, id: ids }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('hear' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('ask' as const), id: fc.option(ids, { freq: 2 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('receive' as const),
        newest: fc.boolean(),
        moment: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const server = new ModelServer();
      const page = new ModelPage(server);
      for (const one of steps) {
        if (one.kind === 'do') server.do(one.deed, one.id);
        else if (one.kind === 'hear') page.hear();
        else if (one.kind === 'ask') page.ask(one.id);
        else page.receive(one.newest, one.moment);
      }
      page.settle();
      const byId = (all: Iterable<StreamerInfo>) =>
        [...all].toSorted((a, b) => a.streamer_id.localeCompare(b.streamer_id));
      assert.deepEqual(byId(page.streamers!.values()), byId(server.states.at(-1)!));
    }),
    { numRuns: 2000, examples: [[ENDED_AND_MADE_AGAIN]] },
  );
});
