import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { accountServer } from '../../testing/account-server.ts';
import { CREDENTIALS, type TestServer } from '../../testing/test-server.ts';

const PATH = '/api/streamers/a';

async function rig(context: TestContext) {
  const server = await accountServer(context);
  const act = (actions: unknown, others: object = {}) =>
    server.call('POST', `${PATH}/actions`, { actions, participant: 'Bot', ...others });
  return { server, act };
}

/** What reached the streamer: events of all messages, and whether it was told to release. */
function sent(server: TestServer) {
  const messages = server.sentToWorkers('input') as { events: { kind: string }[]; release: boolean; holdMs?: number }[];
  return {
    kinds: messages.flatMap(({ events }) => events.map(({ kind }) => kind)),
    events: messages.flatMap(({ events }) => events),
    released: messages.some(({ release }) => release),
    holds: new Set(messages.map(({ holdMs }) => holdMs)),
  };
}

/** One event has reached the streamer; fails if the request is answered before. */
async function begun(server: TestServer, answer: Promise<unknown>): Promise<void> {
  const early = answer.then((is) => assert.fail(`answered early: ${JSON.stringify(is)}`));
  const seen = async () => {
    while (sent(server).kinds.length === 0) await new Promise(setImmediate);
  };
  early.catch(() => {});
  await Promise.race([seen(), early]);
}

describe('actions', () => {
  it('are done in order, in both dialects, and each is answered', async (context) => {
    const { server, act } = await rig(context);
    const { status, body } = await act([
      { action: 'left_click', coordinate: [640, 360] },
      { type: 'type', text: 'hi' },
      { action: 'cursor_position' },
      { type: 'tool_use', id: 'x', name: 'key', input: { text: 'Return' } },
    ]);
    assert.equal(status, 200, JSON.stringify(body));
    assert.match(body.participant_id, /^agent-/);
    assert.deepEqual(body.results, [
      { status: 'done' },
      { status: 'done' },
      { status: 'done', cursor: { x: 640, y: 360 } },
      { status: 'done' },
    ]);
    assert.equal(body.screenshot, null);
    const { kinds, released, holds } = sent(server);
    assert.deepEqual(kinds, [
      ...['mousePosition', 'mouseButton', 'mouseButton', 'lockKeys'],
      ...['key', 'key', 'key', 'key', 'key', 'key'],
    ]);
    assert.equal(released, false);
    assert.deepEqual([...holds], [30_000]);
    const { participants } = (await server.call('GET', `${PATH}/participants`)).body;
    assert.deepEqual(
      participants.map(({ name, kind }: { name: string; kind: string }) => [name, kind]),
      [['Bot', 'agent']],
    );
  });

  it('are refused as a whole before anything is done, with the field', async (context) => {
    const { server, act } = await rig(context);
    const fine = { type: 'type', text: 'a' };
    for (const [actions, status, code, about] of [
      [[], 400, 'BAD_REQUEST', /actions/],
      [[fine, 7], 400, 'BAD_REQUEST', /actions\.1: must be an object/],
      [[fine, { action: 'key', text: 'Entr' }], 400, 'KEY_UNKNOWN', /actions\.1\.text: .*closest is Enter/],
      [[fine, { type: 'move', x: 1_000_000, y: 0 }], 400, 'OUTSIDE_PICTURE', /actions\.1\.x: must be 0 to/],
      [Array.from({ length: 101 }, () => fine), 400, 'BAD_REQUEST', /actions/],
      [[{ ...fine, text: 'x'.repeat(65_537) }], 400, 'BAD_REQUEST', /actions\.0: .*65536 characters/],
      [Array.from({ length: 11 }, () => ({ type: 'screenshot' })), 400, 'BAD_REQUEST', /actions\.10: .* 10 pictures/],
      [
        Array.from({ length: 2 }, () => ({ action: 'wait', duration: 200 })),
        400,
        'BAD_REQUEST',
        /actions\.1: .* 300 s/,
      ],
    ] as const) {
      const answer = await act(actions);
      assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
      assert.match(answer.body.error, about);
    }
    const unknown = await act([{ action: 'key', text: 'Entr' }]);
    assert.deepEqual(unknown.body.details, { field: 'actions.0.text', key: 'Entr', closest: 'Enter' });
    assert.deepEqual(sent(server).kinds, []);
  });

  it('of ten megabytes are refused before they are read', async (context) => {
    const { server } = await rig(context);
    const { status, wasSent } = await new Promise<{ status: number | undefined; wasSent: number }>(
      (resolve, reject) => {
        const post = request(`${server.url}${PATH}/actions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${CREDENTIALS}`, 'content-length': 10_000_000 },
        });
        post.once('response', ({ statusCode }) => {
          resolve({ status: statusCode, wasSent: post.socket?.bytesWritten ?? 0 });
          post.destroy();
        });
        post.on('error', reject);
        post.flushHeaders();
      },
    );
    assert.equal(status, 413);
    assert.ok(wasSent < 10_000, `${wasSent} bytes`);
    // What a text of the allowed size needs, another route does not take.
    const large = { actions: [{ type: 'wait' }], participant: 'x'.repeat(100_000) };
    assert.equal((await server.call('POST', `${PATH}/actions`, large)).status, 400);
    assert.equal((await server.call('POST', `${PATH}/input`, large)).status, 413);
  });

  it('have coordinates of the picture that the caller says, otherwise of the stream', async (context) => {
    const { server, act } = await rig(context);
    const { width, height } = (await server.call('GET', PATH)).body;
    const picture = { width: width / 2, height: height / 2 };
    const { body } = await act([{ type: 'move', x: 100, y: 50 }, { action: 'cursor_position' }], { picture });
    assert.deepEqual(sent(server).events.at(-1), { kind: 'mousePosition', x: 201, y: 101, width, height });
    assert.deepEqual(body.results[1].cursor, { x: 100, y: 50 });
    const outside = await act([{ type: 'move', x: width / 2, y: 0 }], { picture });
    assert.equal(outside.body.code, 'OUTSIDE_PICTURE');
    assert.deepEqual([outside.body.details.width, outside.body.details.height], [width / 2, height / 2]);
  });

  it('stop when a person takes over, with who it is and what was done', async (context) => {
    const { server, act } = await rig(context);
    await server.call('PUT', `${PATH}/control`, { policy: 'exclusive' });
    const token = (await server.join((await server.link({ role: 'full' })).headers)).body.token;
    const person = server.peer(`${PATH}/peer?token=${token}&events=1&control=1&name=Ann`);
    await person.message((message) => JSON.stringify(message).includes('Participants'));
    const answer = act([
      { action: 'left_mouse_down' },
      { action: 'wait', duration: 200 },
      { type: 'type', text: 'never' },
    ]);
    await begun(server, answer);
    person.send({ ControlAction: { action: 'take' } });
    const { status, body } = await answer;
    assert.deepEqual([status, body.code], [409, 'CONTROL_TAKEN']);
    const { holder, since, action, results } = body.details;
    assert.deepEqual([holder.name, holder.kind, typeof since, action], ['Ann', 'person', 'string', 1]);
    assert.deepEqual(
      results.map((result: { status: string }) => result.status),
      ['done', 'failed', 'skipped'],
    );
    assert.equal(results[1].error.code, 'CONTROL_TAKEN');
    assert.deepEqual(sent(server).kinds, ['mouseButton']);
    assert.ok(sent(server).released);

    // It may wait for them, and pictures and waits need none.
    const early = await act([{ type: 'type', text: 'a' }]);
    assert.deepEqual([early.status, early.body.code, early.body.details.action], [409, 'CONTROL_TAKEN', null]);
    assert.equal((await act([{ action: 'wait', duration: 0 }])).status, 200);
    const waiting = act([{ type: 'type', text: 'a' }], { wait_for_control: 50_000 });
    await person.message((message) => JSON.stringify(message).includes('"request":{"participant"'));
    person.send({ ControlAction: { action: 'grant' } });
    assert.equal((await waiting).status, 200);
    const taken = act([{ action: 'wait', duration: 200 }, { action: 'left_mouse_up' }]);
    person.send({ ControlAction: { action: 'take' } });
    assert.equal((await taken).body.code, 'CONTROL_TAKEN');
    const late = await act([{ type: 'type', text: 'a' }], { wait_for_control: 1 });
    assert.deepEqual([late.status, late.body.code], [409, 'CONTROL_TAKEN']);
  });

  it('of one agent wait for its earlier ones, and end with their caller', async (context) => {
    const { server, act } = await rig(context);
    const gone = new AbortController();
    const first = fetch(`${server.url}${PATH}/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CREDENTIALS}` },
      body: JSON.stringify({
        participant: 'Bot',
        actions: [{ action: 'left_mouse_down' }, { action: 'wait', duration: 300 }],
      }),
      signal: gone.signal,
    });
    await begun(server, first);
    const second = act([{ action: 'left_mouse_up' }]);
    // Another one does not wait.
    assert.equal((await act([{ type: 'move', x: 1, y: 1 }], { participant: 'Other' })).status, 200);
    assert.deepEqual(sent(server).kinds, ['mouseButton', 'mousePosition']);
    gone.abort();
    await assert.rejects(first);
    assert.equal((await second).status, 200);
    assert.deepEqual(sent(server).kinds, ['mouseButton', 'mousePosition', 'mouseButton']);
    assert.ok(sent(server).released);
  });

  it('end with a code when the streamer dies, and go on after it in the next request', async (context) => {
    const { server, act } = await rig(context);
    const answer = act([{ action: 'left_mouse_down' }, { type: 'wait' }, { type: 'type', text: 'x' }]);
    await begun(server, answer);
    server.workers.at(-1)!.kill();
    const { status, body } = await answer;
    assert.deepEqual([status, body.code], [409, 'STREAMER_NOT_ACTIVE'], JSON.stringify(body));
    // What is held is lost with it; what holds nothing waits until it is back.
    assert.equal((await act([{ type: 'type', text: 'x' }])).status, 200);
  });

  it('are for those who may use the streamer', async (context) => {
    const { server } = await rig(context);
    const body = { actions: [{ type: 'wait' }] };
    const { headers } = await server.link({ role: 'full' });
    for (const [refused, status] of [
      [{ authorization: 'Bearer x' }, 401],
      [headers, 401],
    ] as const)
      assert.equal((await server.call('POST', `${PATH}/actions`, body, refused)).status, status);
    assert.equal((await server.call('POST', '/api/streamers/nobody/actions', body)).body.code, 'STREAMER_NOT_FOUND');
  });
});
