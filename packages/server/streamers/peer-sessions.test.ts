import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ErrorCode, ServerSignal, ToStreamer } from '@moonshare/contract';
import { type Logger, pino } from 'pino';
import type { PeerSession } from './peer-session.ts';
import { PeerSessions } from './peer-sessions.ts';
import { PEER_SIGNALS } from './peer-signals.ts';

const STATE: ServerSignal = {
  StreamerState: { status: 'active', stage: null, error: null, viewers: 0, surround: 2, host_encryption: null },
};

/** A viewer that asked for events. */
function subscriber(send: (message: ServerSignal) => void): PeerSession {
  return {
    id: 'asking',
    role: 'full',
    grantedRole: 'full',
    names: { given: null, said: null },
    manages: false,
    knowsControl: false,
    rank: 'watch',
    origin: { user: null, linkId: null },
    owner: { address: '192.0.2.1', linkId: null },
    grants: [],
    wantsEvents: true,
    signals: PEER_SIGNALS,
    send,
    close: async () => undefined,
  };
}

/** The peers of a streamer, while time stands still. */
function peersOf(context: TestContext, log: Logger = pino({ enabled: false })) {
  context.mock.method(performance, 'now', () => 0);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const peers = new PeerSessions(
    { streamerId: 'streamer', seats: [], connectLimitMs: 20_000, transport: 'auto', log },
    {
      joined: ({ id }) => ({ id, name: id }),
      roleChanged: () => {},
      left: () => {},
      iceServers: () => [],
      state: () => STATE,
      happened: () => {},
      isUp: () => true,
    },
  );
  const told: ToStreamer[] = [];
  peers.attach((message) => told.push(message), { app_id: 1, title: 'Desktop', is_hdr_supported: false });
  const closed = new Map<string, ErrorCode | undefined>();
  const fails = new Set<string>();
  let count = 0;
  const join = (address: string, linkId: number | null): string => {
    count += 1;
    const id = `peer ${count}`;
    const peer: PeerSession = {
      id,
      role: 'watch',
      grantedRole: 'watch',
      names: { given: null, said: null },
      manages: false,
      knowsControl: false,
      origin: { user: null, linkId },
      owner: { address, linkId },
      grants: [],
      rank: 'watch',
      wantsEvents: false,
      signals: PEER_SIGNALS,
      send: () => {},
      close: async (error) => {
        if (fails.has(id)) throw new Error('cannot be closed');
        closed.set(id, error?.code);
      },
    };
    peers.add(peer, null);
    return id;
  };
  const say = (id: string, times: number) => {
    for (let time = 0; time < times; time += 1) peers.receive(id, { AddIceCandidate: { candidate: '' } });
  };
  const heard = (id: string) => told.filter((message) => message.type === 'fromPeer' && message.peerId === id).length;
  return { peers, told, closed, fails, join, say, heard };
}

test('the process learns whom the budgets of a viewer are charged to', (context) => {
  const { told, join } = peersOf(context);
  join('192.0.2.1', 5);
  join('192.0.2.1', null);
  const owners = told.map((message) => message.type === 'addPeer' && message.owners);
  assert.deepEqual(owners, [['address:192.0.2.1', 'link:5'], ['address:192.0.2.1']]);
});

test('messages beyond a viewer’s budget do not reach the process, and too many of them remove only that viewer', (context) => {
  const { peers, told, closed, join, say, heard } = peersOf(context);
  const [one, other] = [join('a', null), join('a', null)];
  say(one, 800);
  assert.deepEqual([heard(one), closed.size], [400, 0]);
  peers.ping(one);
  assert.deepEqual([...closed], [[one, 'RATE_LIMITED']]);
  assert.deepEqual(told.at(-1), { type: 'removePeer', peerId: one, mayReturn: false });
  say(other, 10);
  assert.equal(heard(other), 10);
  assert.equal(peers.size, 1);
});

test('a ticket for a media socket costs as much as ten messages, since its socket makes that much more work', (context) => {
  const { peers } = peersOf(context);
  const heard: ServerSignal[] = [];
  const asking = subscriber((message) => heard.push(message));
  peers.add(asking, null);
  const tickets = () => heard.filter((message) => typeof message === 'object' && 'MediaTicket' in message).length;
  for (let time = 0; time < 60; time += 1) peers.giveMediaTicket(asking.id);
  assert.equal(tickets(), 40);
  assert.equal(peers.size, 1);
});

test('a viewer that comes back with the same link or from the same address has only the rest of its budget', (context) => {
  const { peers, join, say, heard } = peersOf(context);
  const first = join('a', 1);
  say(first, 400);
  peers.remove(first);
  for (const [address, link] of [
    ['b', 1],
    ['b', 2],
    ['c', 2],
  ] as const) {
    const next = join(address, link);
    say(next, 1);
    assert.equal(heard(next), 0);
    peers.remove(next);
  }
  const stranger = join('d', 3);
  say(stranger, 1);
  assert.equal(heard(stranger), 1);
});

test('viewers of one user, or from one address, are one person; those behind the shared credentials are not', (context) => {
  const { peers, join } = peersOf(context);
  const person = (id: string) => peers.personOf(id);
  const add = (id: string, changes: Partial<PeerSession>) => {
    peers.add({ ...subscriber(() => {}), id, ...changes }, null);
    return id;
  };
  const [home, otherLink, elsewhere] = [join('a', 1), join('a', 2), join('b', 1)];
  assert.equal(person(home), person(otherLink));
  assert.notEqual(person(home), person(elsewhere));
  const ann = { user: 'ann', linkId: null };
  const [tab, phone] = [
    add('tab', { origin: ann }),
    add('phone', { origin: ann, owner: { address: 'b', linkId: null } }),
  ];
  assert.equal(person(tab), person(phone));
  assert.notEqual(person(phone), person(elsewhere));
  const [first, second] = [add('first', { rank: 'admin' }), add('second', { rank: 'admin' })];
  assert.notEqual(person(first), person(second));
  peers.remove(home);
  assert.notEqual(person(home), person(otherLink));
});

test('a viewer that keeps rejoining is refused before the process learns of it', (context) => {
  const { peers, told, join } = peersOf(context);
  for (let visit = 0; visit < 120; visit += 1) peers.remove(join('a', 1));
  const before = told.length;
  assert.throws(() => join('a', 1), { code: 'RATE_LIMITED' });
  assert.equal(told.length, before);
  join('b', 1);
});

test('only subscribers to events learn which gamepads have a slot and their rung, as older front ends fail on unknown messages', (context) => {
  const { peers, join } = peersOf(context);
  const plain = join('192.0.2.1', null);
  const heard: unknown[] = [];
  const asking = subscriber((message) => heard.push(message));
  peers.add(asking, null);
  const deaf = context.mock.fn();
  peers.add({ ...asking, id: 'plain too', wantsEvents: false, send: deaf }, null);
  const players = [{ id: 0, player: 1 }];
  heard.length = 0;
  for (const peerId of [plain, 'asking', 'plain too']) {
    peers.onWorkerMessage({ type: 'gamepadPlayers', peerId, players });
    const share = { rung: 'reduced', cause: 'network', networkKbps: 1_200, streamKbps: 9_600 } as const;
    peers.onWorkerMessage({ type: 'peerRung', peerId, ...share });
  }
  const share = { rung: 'reduced', cause: 'network', network_kbps: 1_200, stream_kbps: 9_600 };
  assert.deepEqual(heard, [{ GamepadPlayers: { players } }, { StreamShare: share }]);
  assert.equal(deaf.mock.callCount(), 0);
});

test('a viewer that asked for events is sent the state of the streamer whenever somebody comes or goes', (context) => {
  const { peers, join } = peersOf(context);
  const heard: unknown[] = [];
  const asking = subscriber((message) => heard.push(message));
  peers.add(asking, null);
  const [leaving, kicked, closed] = [1, 2, 3].map((linkId) => join('192.0.2.9', linkId));
  const changes = [
    () => join('192.0.2.9', 4),
    () => peers.remove(leaving!),
    () => peers.kick(kicked!),
    () => peers.onWorkerMessage({ type: 'peerClosed', peerId: closed!, error: null }),
  ];
  for (const change of changes) {
    heard.length = 0;
    change();
    assert.deepEqual(heard, [STATE]);
  }
});

test('a socket that cannot be closed is logged, and does not end the server', async (context) => {
  const lines: string[] = [];
  const logged = Promise.withResolvers<void>();
  const log = pino(
    {},
    {
      write: (line: string) => {
        lines.push(line);
        logged.resolve();
      },
    },
  );
  const { peers, join, fails } = peersOf(context, log);
  const id = join('a', null);
  fails.add(id);
  peers.kick(id);
  await logged.promise;
  assert.match(lines.join(), /cannot be closed/);
});
