import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ActionResult, Screenshot } from '@moonshare/contract';
import { readImage } from '../../packages/tap/testing/image.ts';
import { CREDENTIALS } from '../harness/api.ts';
import { streamersOf } from '../harness/processes.ts';
import { Stack } from '../harness/stack.ts';
import { poll } from '../harness/virtual-host.ts';

const PATH = '/api/streamers/acted';
const [WIDTH, HEIGHT] = [640, 360];

let stack: Stack;

before(async () => {
  stack = await Stack.start();
  await stack.api.createStreamer('acted', { width: WIDTH, height: HEIGHT, fps: 30, bitrate: 3000 });
});
after(() => stack?.close());

interface Acted {
  status: number;
  body: {
    code?: string;
    results: ActionResult[];
    screenshot: Screenshot | null;
    details: { action: number | null; results: ActionResult[]; holder: { name: string } };
  };
}

function act(actions: unknown[], others: object = {}): Promise<Acted> {
  return stack.api.answer('POST', `${PATH}/actions`, { actions, participant: 'Otto', settle_ms: 0, ...others });
}

/** The actions were all done. */
async function done(...[actions, others]: Parameters<typeof act>) {
  const { status, body } = await act(actions, others);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(new Set(body.results.map((result) => result.status)), new Set(['done']));
  return body;
}

const typed = (text: string) => stack.host.until(`${text} typed`, (state) => state.typed.endsWith(text));
const free = () =>
  stack.host.until(
    'nothing held',
    ({ heldKeyNames, heldButtonNames }) => heldKeyNames.length + heldButtonNames.length === 0,
  );

describe('actions on a stream', () => {
  it('reach the host in both dialects, in order, and leave nothing down', async () => {
    const since = (await stack.host.input()).length;
    await done([
      { action: 'left_click', coordinate: [100, 50], text: 'ctrl' },
      { type: 'type', text: 'Grüße, Welt! #1\n' },
      { type: 'scroll', x: 10, y: 10, scroll_x: 0, scroll_y: 200, keys: null },
      { type: 'tool_use', id: 'a', name: 'key', input: { text: 'shift+Left' } },
      {
        type: 'drag',
        path: [
          { x: 10, y: 10 },
          { x: 200, y: 100 },
        ],
      },
      { action: 'double_click', coordinate: [639, 359] },
      { action: 'hold_key', text: 'w', duration: 0.05 },
    ]);
    await typed('w');
    const { pointer } = await free();
    assert.deepEqual([pointer.x, pointer.y], [639, 359]);
    assert.match((await stack.host.state()).typed, /Grüße, Welt! #1/);
    const input = (await stack.host.input()).slice(since);
    const buttons = input.filter(({ kind }) => kind === 'mouseDown' || kind === 'mouseUp').map(({ kind }) => kind);
    assert.deepEqual(buttons, Array.from({ length: 4 }, () => ['mouseDown', 'mouseUp']).flat());
    // A drag has points between its ends.
    const drag = input.slice(input.findLastIndex(({ kind }) => kind === 'scroll'));
    assert.ok(drag.filter(({ kind }) => kind === 'mousePosition').length > 5);
  });

  it('have coordinates of the last picture that the agent was given, which comes in the same answer', async () => {
    const small = await done([{ type: 'screenshot' }], { max_edge: 320, format: 'png' });
    const [{ screenshot } = { screenshot: null }] = small.results;
    assert.ok(screenshot);
    assert.deepEqual([screenshot.width, screenshot.height, screenshot.scale], [320, 180, 0.5]);
    const shown = await readImage(Buffer.from(screenshot.data, 'base64'));
    assert.deepEqual([shown.width, shown.height], [320, 180]);
    const outside = await act([{ type: 'move', x: 320, y: 10 }]);
    assert.equal(outside.body.code, 'OUTSIDE_PICTURE');
    const answer = await done([{ type: 'move', x: 100, y: 50 }, { action: 'cursor_position' }], { screenshot: true });
    assert.deepEqual(answer.results[1]?.cursor, { x: 100, y: 50 });
    await stack.host.until('the pointer there', ({ pointer }) => pointer.x === 201 && pointer.y === 101);
    assert.deepEqual([answer.screenshot?.width, answer.screenshot?.media_type], [WIDTH, 'image/jpeg']);
    // Another agent was given none; a zoom shows a part, and changes nothing.
    await done([{ type: 'move', x: 600, y: 300 }], { participant: 'Other' });
    const zoom = { action: 'zoom', region: [0, 0, 100, 50] };
    const zoomed = (await done([zoom, { type: 'move', x: 600, y: 300 }])).results[0]?.screenshot;
    assert.deepEqual(zoomed?.region, { x: 0, y: 0, width: 100, height: 50 });
    await fetch(`${stack.api.url}${PATH}/screenshot?max_edge=320&participant=Otto`, {
      headers: { authorization: `Bearer ${CREDENTIALS}` },
    });
    assert.equal((await act([{ type: 'move', x: 320, y: 10 }])).body.code, 'OUTSIDE_PICTURE');
    await done([{ type: 'screenshot' }]);
  });

  it('hold what they say, for as long as they say', async () => {
    const ups = async () => (await stack.host.input()).filter(({ kind }) => kind === 'mouseUp').length;
    const before = await ups();
    await done([{ action: 'left_mouse_down' }], { hold_ms: 100 });
    await poll('the button is up again', ups, (count) => count === before + 1);
    await done([{ action: 'left_mouse_down' }]);
    await done([{ type: 'move', x: 50, y: 50 }]);
    await stack.host.until('the button is down', ({ heldButtonNames }) => heldButtonNames.length === 1);
    await done([{ type: 'wait' }], { release: true });
    await free();
  });

  it('of two agents are merged, or one after the other if one has the controls', async () => {
    const before = (await stack.host.state()).typed;
    const text = { a: 'a'.repeat(40), b: 'b'.repeat(40) };
    const both = [
      done([{ type: 'type', text: text.a }], { participant: 'A' }),
      done([{ type: 'type', text: text.b }], { participant: 'B' }),
    ];
    await Promise.all(both);
    const merged = (await stack.host.until('80 characters', (state) => state.typed.length >= before.length + 80)).typed;
    const added = merged.slice(before.length);
    assert.deepEqual([...added].toSorted().join(''), text.a + text.b);

    await stack.api.call('PUT', `${PATH}/control`, { policy: 'exclusive' });
    const first = done([{ type: 'type', text: text.a }, { type: 'wait' }], { participant: 'A' });
    await poll(
      'A has the controls',
      () => stack.api.call<{ holder: { name: string } | null }>('GET', `${PATH}/control`),
      ({ holder }) => holder?.name === 'A',
    );
    const refused = await act([{ type: 'type', text: text.b }], { participant: 'B' });
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.details.holder.name],
      [409, 'CONTROL_TAKEN', 'A'],
    );
    await first;
    await stack.api.call('POST', `${PATH}/control`, { action: 'release', participant: 'A' });
    await done([{ type: 'type', text: text.b }], { participant: 'B', wait_for_control: 10_000 });
    await typed(text.a + text.b);
    await stack.api.call('PUT', `${PATH}/control`, { policy: 'union' });
  });

  it('end with a code when the streamer is killed, and the next ones wait for it', async () => {
    const answer = act([{ action: 'left_mouse_down' }, { action: 'wait', duration: 60 }, { action: 'left_mouse_up' }]);
    await stack.host.until('the button is down', ({ heldButtonNames }) => heldButtonNames.length === 1);
    const [pid] = await streamersOf(process.pid);
    process.kill(pid!, 'SIGKILL');
    const { status, body } = await answer;
    assert.deepEqual([status, body.code], [409, 'STREAMER_NOT_ACTIVE']);
    await done([{ type: 'type', text: 'back' }]);
    await typed('back');
    await free();
  });
});
