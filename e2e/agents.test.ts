import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ActionResult, Screenshot } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { streamersOf } from './harness/processes.ts';
import { decoderPids } from './harness/screenshots.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { type Area, type DesktopState, poll } from './harness/virtual-host.ts';

// A job of two hundred actions in both dialects, on a desktop that says what came of them. Over 20 s: hosts need the pauses between them.

const PATH = '/api/streamers/desk';
const STREAM = { width: 640, height: 360 };
/** What Otto's model was told; its pictures have this size. */
const SHOWN = { width: 320, height: 180 };
const ROUNDS = 20;

let browser: Browser;
let stack: Stack;
let stateDir: string;

before(async () => {
  await buildWeb();
  stateDir = await mkdtemp(join(tmpdir(), 'moonshare-e2e-host-'));
  [browser, stack] = await Promise.all([launchChromium(), Stack.start({ desktop: true, clock: false, stateDir })]);
  await stack.api.createStreamer('desk', { ...STREAM, fps: 15, bitrate: 3000 });
});
after(async () => {
  await browser?.close();
  await stack?.close();
  await rm(stateDir, { recursive: true });
});

interface Acted {
  status: number;
  body: {
    code?: string;
    results: ActionResult[];
    screenshot: Screenshot | null;
    before: Screenshot | null;
    details: { action: number | null; results: ActionResult[]; holder: { name: string } };
  };
}

function act(participant: string, actions: unknown[], others: object = {}): Promise<Acted> {
  return stack.api.answer('POST', `${PATH}/actions`, { participant, actions, max_edge: SHOWN.width, ...others });
}

/** The middle of an area, in pixels of the picture. */
function middle({ x, y, width, height }: Area, size = SHOWN): [number, number] {
  return [Math.round((x + width / 2) * size.width), Math.round((y + height / 2) * size.height)];
}

/** Ten actions in Anthropic's words: a text, clicks with three buttons, a box to its target, a list downwards. */
function anthropicRound({ places, box }: DesktopState, text: string): unknown[] {
  return [
    { action: 'left_click', coordinate: middle(places.field) },
    { action: 'key', text: 'ctrl+a' },
    { action: 'type', text },
    { action: 'key', text: 'Return' },
    { action: 'left_click', coordinate: middle(places.red), text: 'shift' },
    { action: 'right_click', coordinate: middle(places.red) },
    { type: 'tool_use', id: 'a', name: 'middle_click', input: { coordinate: middle(places.green) } },
    { action: 'left_click_drag', start_coordinate: middle(box), coordinate: middle(places.target) },
    { action: 'scroll', coordinate: middle(places.list), scroll_direction: 'down', scroll_amount: 3 },
    { action: 'left_click', coordinate: middle(places.checkBox) },
  ];
}

/** Ten in OpenAI's: the same, with the box back and the list upwards. */
function openAiRound({ places, box }: DesktopState, text: string): unknown[] {
  const at = (area: Area) => {
    const [x, y] = middle(area);
    return { x, y };
  };
  const back = { x: box.x - 0.3, y: box.y, width: box.width, height: box.height };
  return [
    { type: 'click', button: 'left', ...at(places.field) },
    { type: 'keypress', keys: ['CTRL', 'A'] },
    { type: 'type', text },
    { type: 'keypress', keys: ['ENTER'] },
    { type: 'double_click', ...at(places.blue), keys: null },
    { type: 'click', button: 'right', ...at(places.red), keys: ['CTRL'] },
    { type: 'click', button: 'wheel', ...at(places.green) },
    { type: 'drag', path: [at(box), at(places.green), at(back)], keys: [] },
    { type: 'scroll', ...at(places.list), scroll_x: 0, scroll_y: -300 },
    { type: 'click', button: 'left', ...at(places.checkBox) },
  ];
}

const textOf = (round: number) => `Round ${round}: (a+b)*c = "${round ** 3}"`;

test('two hundred actions end in the state they should, with a person who takes over and gives back, and processes that are killed', async () => {
  await stack.api.call('PUT', `${PATH}/control`, { policy: 'exclusive' });
  const first = await act('Otto', [{ action: 'screenshot' }]);
  const seen = first.body.results[0]?.screenshot;
  assert.deepEqual([seen?.width, seen?.height, first.status], [SHOWN.width, SHOWN.height, 200]);
  let screenshot: Screenshot | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === ROUNDS / 2) await takeOver();
    if (round === ROUNDS - 5) await killProcesses();
    const words = round % 2 === 0 ? anthropicRound : openAiRound;
    const actions = words(await stack.host.desktop(), textOf(round));
    const body = await doAll(actions, { screenshot: round % 5 === 4 });
    if (body.screenshot !== null) {
      assert.notEqual(body.screenshot.hash, screenshot?.hash);
      screenshot = body.screenshot;
    }
    // The next places are where this round leaves things.
    await poll(
      `the end of round ${round}`,
      () => stack.host.desktop(),
      ({ checked, submitted }) => checked === (round % 2 === 0) && submitted.at(-1) === textOf(round),
    );
  }
  const { buttons, box, list, submitted, checked, heldKeys, heldButtons } = await stack.host.desktop();
  const half = ROUNDS / 2;
  assert.deepEqual(
    [buttons.red.left, buttons.red.right, buttons.green.middle, buttons.blue.left],
    [half, ROUNDS, ROUNDS, 2 * half + 1],
  );
  assert.deepEqual([box.onTarget, box.drops, list.offset, checked], [false, ROUNDS + 1, 0, false]);
  assert.deepEqual(
    submitted,
    Array.from({ length: 10 }, (_, index) => textOf(ROUNDS - 10 + index)),
  );
  assert.deepEqual([heldKeys, heldButtons], [[], []]);
});

/** As an agent that goes on where a session broke off. */
async function doAll(actions: unknown[], others: object): Promise<Acted['body']> {
  const { status, body } = await act('Otto', actions, others);
  if (body.code !== 'STREAMER_NOT_ACTIVE') {
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.results.map((result) => result.status).join(), actions.map(() => 'done').join());
    return body;
  }
  const { action } = body.details;
  assert.ok(action !== null, JSON.stringify(body));
  assert.deepEqual(body.details.results[action]?.status, 'failed');
  return doAll(actions.slice(action), others);
}

/** Anna takes the controls while Otto drags the box, clicks the blue button, and gives them back to him, who waits. */
async function takeOver(): Promise<void> {
  const { url } = await stack.api.call<{ url: string }>('POST', `${PATH}/links`, { role: 'full', name: 'Anna' });
  const anna = await ViewerPage.open(browser, url);
  await anna.waitForPicture();
  const bar = anna.page.getByRole('region', { name: 'Controls of the remote computer' });
  const { box, places } = await stack.host.desktop();
  const dragging = act('Otto', [
    { action: 'mouse_move', coordinate: middle(box) },
    { action: 'left_mouse_down' },
    { action: 'wait', duration: 100 },
    { action: 'left_mouse_up' },
  ]);
  await poll(
    'the box is held',
    () => stack.host.desktop(),
    ({ heldButtons }) => heldButtons.length === 1,
  );
  await bar.getByText('Otto (an agent) has the controls.').waitFor();
  await bar.getByRole('button', { name: 'Take' }).click();
  const { status, body } = await dragging;
  assert.deepEqual(
    [status, body.code, body.details.holder.name, body.details.action],
    [409, 'CONTROL_TAKEN', 'Anna', 2],
  );
  assert.deepEqual(body.details.results.map((result) => result.status).join(), 'done,done,failed,skipped');
  await poll(
    'nothing is held',
    () => stack.host.desktop(),
    ({ heldButtons }) => heldButtons.length === 0,
  );
  // Looking is not touching.
  const look = await act('Otto', [{ action: 'screenshot' }]);
  const before = look.body.results[0]?.screenshot;
  assert.ok(before);
  const waiting = act('Otto', [{ action: 'key', text: 'F5' }], { wait_for_control: 50_000, screenshot: true });
  await anna.page
    .locator('moonshare-viewer .control')
    .getByText(/^Otto.* asks for the controls/)
    .waitFor();
  const video = (await anna.page.locator('moonshare-viewer').boundingBox())!;
  const [x, y] = middle(places.blue, { width: video.width, height: video.height });
  await anna.page.mouse.click(video.x + x, video.y + y);
  await poll(
    'the click of a person',
    () => stack.host.desktop(),
    ({ buttons }) => buttons.blue.left % 2 === 1,
  );
  await bar.getByRole('button', { name: 'Release' }).click();
  const gotBack = await waiting;
  assert.equal(gotBack.status, 200, JSON.stringify(gotBack.body));
  assert.ok(Date.parse(gotBack.body.before!.at) <= Date.parse(gotBack.body.screenshot!.at));
  assert.notEqual(gotBack.body.screenshot?.hash, before.hash);
  await poll(
    'the key of the agent',
    () => stack.host.desktop(),
    ({ lastKeys }) => lastKeys === 'f5',
  );
  await anna.close();
}

/** Between two requests of the agent, which knows nothing of it. */
async function killProcesses(): Promise<void> {
  for (const pid of [...(await streamersOf(process.pid)), ...decoderPids()]) process.kill(pid, 'SIGKILL');
}

test('a decoder, a streamer and a host that are killed meanwhile cost an agent time, and nothing that it was told is done', async () => {
  const pressed = (key: string) =>
    poll(
      key,
      () => stack.host.desktop(),
      ({ lastKeys }) => lastKeys === key.toLowerCase(),
    );
  const press = (key: string) => ({ action: 'key', text: key });

  await doAll([press('F1')], { screenshot: true });
  const [decoder] = decoderPids();
  // So it has not answered yet when it dies.
  process.kill(decoder!, 'SIGSTOP');
  const seeing = doAll([press('F2')], { screenshot: true });
  await pressed('F2');
  process.kill(decoder!, 'SIGKILL');
  assert.ok((await seeing).screenshot);

  const pausing = doAll([press('F3'), { action: 'wait', duration: 1 }, press('F4')], { screenshot: true });
  await pressed('F3');
  for (const pid of await streamersOf(process.pid)) process.kill(pid, 'SIGKILL');
  assert.ok((await pausing).screenshot);
  await pressed('F4');

  const { box } = await stack.host.desktop();
  const holding = act('Otto', [
    { action: 'mouse_move', coordinate: middle(box) },
    { action: 'left_mouse_down' },
    { action: 'wait', duration: 60 },
    press('F5'),
  ]);
  await poll(
    'the box is held',
    () => stack.host.desktop(),
    ({ heldButtons }) => heldButtons.length === 1,
  );
  for (const pid of await streamersOf(process.pid)) process.kill(pid, 'SIGKILL');
  const { status, body } = await holding;
  assert.deepEqual([status, body.code, body.details.action], [409, 'STREAMER_NOT_ACTIVE', 2]);
  assert.deepEqual(body.details.results.map((result) => result.status).join(), 'done,done,failed,skipped');

  await doAll([press('F6')], {});
  await pressed('F6');
  await stack.host.kill();
  await poll(
    'the loss is noticed',
    () => stack.api.streamer('desk'),
    (streamer) => streamer.status === 'reconnecting',
  );
  const waiting = doAll([press('F7')], { screenshot: true });
  await stack.host.revive();
  assert.ok((await waiting).screenshot);
  await pressed('F7');
  assert.deepEqual((await stack.host.desktop()).heldButtons, []);
});
