import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type AccountServer, accountServer } from '../../testing/account-server.ts';
import { EventReader } from '../../testing/event-reader.ts';
import { streamerRequest, type TestPeer } from '../../testing/test-server.ts';

const KEY = { kind: 'key', virtualKey: 65, down: true };
const PATH = '/api/streamers/a';

interface Viewer {
  peer: TestPeer;
  /** Its ID as a participant and, unless it has come back, as a viewer. */
  id: string;
}

type Control = { Control: { holder: { name: string } | null; request: { participant: { name: string } } | null } };

async function rig(context: TestContext, policy = 'exclusive') {
  const server = await accountServer(context);
  await server.call('PUT', `${PATH}/control`, { policy });
  const view = async (query: string, headers: Record<string, string> = {}): Promise<Viewer> => {
    const token = (await server.join(headers)).body.token;
    const peer = server.peer(`${PATH}/peer?token=${token}&events=1&control=1${query}`);
    const { Participants } = await peer.message<{ Participants: { you: string } }>(
      (message) => 'Participants' in message,
    );
    return { peer, id: Participants.you };
  };
  /** A guest with a link. */
  const guest = async (name: string, role = 'full') =>
    view(`&name=${encodeURIComponent(name)}`, (await server.link({ role })).headers);
  const control = async () => (await server.call('GET', `${PATH}/control`)).body;
  const act = (body: object) => server.call('POST', `${PATH}/control`, body);
  const names = async () => {
    const { participants } = (await server.call('GET', `${PATH}/participants`)).body;
    return participants.map(({ name }: { name: string }) => name);
  };
  return { server, view, guest, control, act, names };
}

/** The viewer is told that this is the state of the controls. */
function told({ peer }: Viewer, holder: string | null, asks: string | null = null): Promise<Control> {
  return peer.message<Control>(
    (message) =>
      'Control' in message &&
      (message.Control.holder?.name ?? null) === holder &&
      (message.Control.request?.participant.name ?? null) === asks,
  );
}

function takeControl({ peer }: Viewer): void {
  peer.send({ ControlAction: { action: 'take' } });
}

async function sent(server: AccountServer, type: string, holds: (message: Record<string, unknown>) => boolean) {
  while (!server.sentToWorkers(type).some(holds)) await new Promise(setImmediate);
}

describe('the controls of a streamer', () => {
  it('are everybody’s unless its policy says otherwise, which a setting and each streamer may', async (context) => {
    const server = await accountServer(context, { MOONSHARE_CONTROL_POLICY: 'follow' });
    assert.equal((await server.call('GET', `${PATH}/control`)).body.policy, 'follow');
    await server.call('POST', '/api/streamers', streamerRequest('b', { control_policy: 'union' }));
    const { body } = await server.call('POST', '/api/streamers/b/control', { action: 'take' });
    assert.deepEqual([body.policy, body.holder], ['union', null]);
    assert.equal((await server.call('POST', '/api/streamers/b/input', { events: [KEY] })).status, 200);
    await sent(server, 'setControl', ({ policy, holder }) => policy === 'union' && holder === null);
    // The same streamer with another policy is not another stream.
    await server.call('PUT', '/api/streamers/b/control', { policy: 'exclusive', silence_ms: 0, grace_ms: 100 });
    const same = await server.call('PUT', '/api/streamers/b', { ...streamerRequest('b'), streamer_id: undefined });
    assert.equal(same.status, 200);
    const changed = (await server.call('GET', '/api/streamers/b/control')).body;
    assert.deepEqual([changed.policy, changed.silence_ms, changed.grace_ms], ['exclusive', 0, 100]);
  });

  it('are taken from an agent by a person at once; the agent is told by whom, and waits until they are released', async (context) => {
    const { server, guest, control, act } = await rig(context);
    const type = (body: object) => server.call('POST', `${PATH}/input`, { participant: 'Bot', ...body });
    assert.equal((await type({ events: [KEY] })).status, 200);
    assert.equal((await control()).holder.name, 'Bot');
    const anna = await guest('Anna');
    await told(anna, 'Bot');
    takeControl(anna);
    await told(anna, 'Anna');
    const refused = await type({ events: [KEY] });
    assert.deepEqual([refused.status, refused.body.code], [409, 'CONTROL_TAKEN']);
    const { details } = refused.body;
    assert.deepEqual(details.holder, { participant_id: anna.id, name: 'Anna', kind: 'person' });
    assert.ok(Math.abs(Date.parse(details.since) - Date.now()) < 60_000);
    await sent(server, 'setControl', ({ holder }) => holder === anna.id);
    // Gamepads are free.
    assert.equal((await type({ events: [{ kind: 'controllerAdd', id: 0 }] })).status, 200);
    assert.equal((await act({ action: 'take', participant: 'Bot' })).body.code, 'CONTROL_DENIED');
    assert.equal((await act({ action: 'request', participant: 'Bot' })).body.request.participant.name, 'Bot');
    await told(anna, 'Anna', 'Bot');
    // It goes on asking after it has waited in vain.
    const early = await act({ action: 'request', participant: 'Bot', wait_ms: 1 });
    assert.deepEqual([early.body.holder.name, early.body.request.participant.name], ['Anna', 'Bot']);
    const waiting = act({ action: 'request', participant: 'Bot', wait_ms: 50_000 });
    anna.peer.send({ ControlAction: { action: 'release' } });
    assert.equal((await waiting).body.holder.name, 'Bot');
    await told(anna, 'Bot');
    assert.equal((await type({ events: [KEY] })).status, 200);
  });

  it('stay with a person who refuses, and who asked is told', async (context) => {
    const { server, guest } = await rig(context);
    const events = await EventReader.open(context, server.url);
    const [anna, ben] = [await guest('Anna'), await guest('Ben')];
    takeControl(anna);
    await told(ben, 'Anna');
    takeControl(ben);
    await told(anna, 'Anna', 'Ben');
    ben.peer.send({ ControlAction: { action: 'deny' } });
    const early = await ben.peer.message<{ ControlRefused: { action: string; error: { code: string } } }>(
      (message) => 'ControlRefused' in message,
    );
    assert.deepEqual([early.ControlRefused.action, early.ControlRefused.error.code], ['deny', 'CONTROL_TAKEN']);
    anna.peer.send({ ControlAction: { action: 'deny' } });
    await ben.peer.message<{ ControlRefused: { error: { code: string } } }>(
      (message) => 'ControlRefused' in message && message.ControlRefused.error.code === 'CONTROL_DENIED',
    );
    assert.equal((await events.event(({ type }) => type === 'control.requested')).data.participant.name, 'Ben');
    assert.equal((await events.event(({ type }) => type === 'control.denied')).data.participant.name, 'Ben');
    server.workers[0]!.report({ type: 'inputDropped', participant: ben.id });
    const { InputDropped } = await ben.peer.message<{ InputDropped: { holder: { name: string } } }>(
      (message) => 'InputDropped' in message,
    );
    assert.equal(InputDropped.holder.name, 'Anna');
  });

  it('go to the other after the grace if nobody refuses', async (context) => {
    const { server, guest } = await rig(context);
    await server.call('PUT', `${PATH}/control`, { grace_ms: 50 });
    const [anna, ben] = [await guest('Anna'), await guest('Ben')];
    takeControl(anna);
    await told(ben, 'Anna');
    takeControl(ben);
    await told(anna, 'Ben');
  });

  it('survive a reconnect, and the death of the process; then they are enforced for the new connection', async (context) => {
    const { server, guest, control } = await rig(context);
    const anna = await guest('Anna');
    takeControl(anna);
    await told(anna, 'Anna');
    const { ResumeToken } = await anna.peer.message<{ ResumeToken: { token: string } }>(
      (message) => 'ResumeToken' in message,
    );
    anna.peer.socket.terminate();
    const back = server.peer(`${PATH}/peer?events=1&control=1&resume=${ResumeToken.token}`);
    const { Participants } = await back.message<{ Participants: { you: string; participants: { name: string }[] } }>(
      (message) => 'Participants' in message,
    );
    assert.equal(Participants.you, anna.id);
    const { holder } = await control();
    assert.equal(holder.participant_id, anna.id);
    const [{ peer_id: peerId, name }] = (await server.call('GET', PATH)).body.peers;
    assert.equal(name, 'Anna');
    await sent(server, 'setControl', (message) => message.holder === peerId && peerId !== anna.id);
    const before = server.sentToWorkers('setControl').length;
    server.workers[0]!.kill();
    while (server.workers.length < 2) await new Promise(setImmediate);
    while (server.sentToWorkers('setControl').length === before) await new Promise(setImmediate);
    const enforced = server.workers[1]!.received.find((message) => message.type === 'setControl');
    assert.deepEqual(enforced, { type: 'setControl', policy: 'exclusive', holder: peerId });
    assert.equal((await control()).holder.name, 'Anna');
  });

  it('are free again when their holder leaves, and its account decides what a live change of role allows', async (context) => {
    const { server, guest, view, control } = await rig(context);
    const anna = await guest('Anna');
    takeControl(anna);
    await told(anna, 'Anna');
    assert.equal((await server.call('PATCH', `${PATH}/peers/${anna.id}`, { role: 'gamepad' })).status, 200);
    await anna.peer.message((message) => JSON.stringify(message) === '{"RoleChanged":{"role":"gamepad"}}');
    assert.equal((await control()).holder, null);
    await sent(server, 'setRole', ({ role, peerId }) => role === 'gamepad' && peerId === anna.id);
    takeControl(anna);
    await anna.peer.message((message) => JSON.stringify(message).includes('CONTROL_DENIED'));
    await server.call('PATCH', `${PATH}/peers/${anna.id}`, { role: 'full' });
    takeControl(anna);
    await sent(server, 'setRole', ({ role }) => role === 'full');
    while ((await control()).holder === null) await new Promise(setImmediate);
    anna.peer.socket.close();
    while ((await control()).holder !== null) await new Promise(setImmediate);
    const viewer = await view('', server.page((await server.logIn('a-viewer')).cookie));
    const more = await server.call('PATCH', `${PATH}/peers/${viewer.id}`, { role: 'full' });
    assert.deepEqual([more.status, more.body.code], [403, 'FORBIDDEN']);
    assert.equal((await server.call('PATCH', `${PATH}/peers/nobody`, { role: 'full' })).body.code, 'PEER_NOT_FOUND');
  });
});

describe('participants', () => {
  it('have the name that their link, their token or their login gives them, or that they say', async (context) => {
    const { server, guest, view, names } = await rig(context, 'union');
    const anna = await guest('\u202eAnna\n');
    await view('&name=Eve', (await server.link({ role: 'watch', name: 'Class 4b' })).headers);
    await view('&name=Eve', server.page((await server.logIn('a-user')).cookie));
    await view('', (await server.link({ role: 'full' })).headers);
    const token = await server.as((await server.link({ role: 'full' })).headers, 'POST', `${PATH}/token`, {
      name: 'Zoë',
    });
    await server.socket(token.body.token);
    await server.call('POST', `${PATH}/input`, { events: [KEY] });
    const api = await server.call('POST', '/api/tokens', {
      name: 'Night shift',
      scopes: ['streamers:write', 'streamers:read'],
    });
    const headers = { authorization: `Bearer ${api.body.token}` };
    await server.call('POST', `${PATH}/input`, { events: [KEY] }, headers);
    await server.call('POST', `${PATH}/input`, { events: [KEY], participant: 'agent' }, headers);
    assert.deepEqual(await names(), [
      'Anna',
      'Class 4b',
      'a-user',
      'Guest 1',
      'Zoë',
      'agent',
      'Night shift',
      'agent (2)',
    ]);
    anna.peer.send({ SetName: { name: 'Anne' } });
    while (!(await names()).includes('Anne')) await new Promise(setImmediate);
    const empty = await server.call('POST', `${PATH}/input`, { events: [KEY], participant: '\u0000' });
    assert.deepEqual([empty.status, empty.body.code], [400, 'BAD_REQUEST']);
  });

  it('hold what their process says', async (context) => {
    const { server, guest } = await rig(context, 'union');
    const anna = await guest('Anna');
    server.workers[0]!.report({ type: 'gamepadPlayers', peerId: anna.id, players: [{ id: 0, player: 2 }] });
    await anna.peer.message((message) => JSON.stringify(message).includes('"gamepads":[2]'));
    const [{ holds, has_control, kind, role }] = (await server.call('GET', `${PATH}/participants`)).body.participants;
    assert.deepEqual(holds, { keys: 0, buttons: 0, touches: 0, gamepads: [2] });
    assert.deepEqual([has_control, kind, role], [true, 'person', 'full']);
  });
});
