import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { streamersOf } from './harness/processes.ts';
import { RelayedViewer } from './harness/relayed-viewer.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';
import { poll } from './harness/virtual-host.ts';

// People and an agent at one streamer, of whom one at a time has keyboard and mouse.

const PATH = '/api/streamers/shared';

let browser: Browser;
let stack: Stack;
let people: ViewerPage[] = [];

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  await stack.api.createStreamer('shared');
});
afterEach(async () => {
  const gone = people;
  people = [];
  for (const person of gone) await person.close();
  // One who may come back keeps the name for a moment, and the next Anna would be another.
  await poll(
    'the people of this test are gone',
    () => stack.api.call<{ participants: { kind: string }[] }>('GET', `${PATH}/participants`),
    ({ participants }) => participants.every(({ kind }) => kind !== 'person'),
  );
  await stack.api.call('PUT', `${PATH}/control`, { policy: 'union' });
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

/** Somebody whose link gives this name, with a picture. */
async function join(name: string, role = 'full'): Promise<ViewerPage> {
  const { url } = await stack.api.call<{ url: string }>('POST', `${PATH}/links`, { role, name });
  const person = await ViewerPage.open(browser, url);
  people.push(person);
  await person.frames(1);
  return person;
}

const type = (key: number, down: boolean) =>
  stack.api.answer('POST', `${PATH}/input`, { participant: 'Bot', events: [{ kind: 'key', virtualKey: key, down }] });

const bar = (person: ViewerPage) => person.page.getByRole('region', { name: 'Controls of the remote computer' });
const button = (person: ViewerPage, name: string) => bar(person).getByRole('button', { name });
/** What is shown over the picture. */
const note = (person: ViewerPage) => person.page.locator('moonshare-viewer .control');
const held = (...keys: string[]) =>
  stack.host.until(`${keys} held`, ({ heldKeyNames }) => heldKeyNames.join() === keys.join());

async function exclusive(): Promise<void> {
  await stack.api.call('PUT', `${PATH}/control`, { policy: 'exclusive', grace_ms: 60_000 });
}

/** Clicks into the picture and types, whether that does anything or not. */
async function tryToType(person: ViewerPage, key: string): Promise<void> {
  await person.page.locator('moonshare-viewer').click();
  await person.page.keyboard.press(key);
}

test('a person takes over from an agent and gives back; nothing stays down, and who types into nothing is told why', async () => {
  const [anna, ben] = [await join('Anna'), await join('Ben')];
  await exclusive();
  assert.equal((await type(0x57, true)).status, 200);
  await held('W');
  await bar(anna).getByText('Bot (an agent) has the controls.').waitFor();
  await button(anna, 'Take').click();
  // What the agent held goes up at once.
  await held();
  await bar(anna).getByText('You have the controls.').waitFor();
  await bar(ben).getByText('Anna has the controls.').waitFor();
  const taken = await type(0x57, true);
  assert.deepEqual([taken.status, taken.body.code, taken.body.details.holder.name], [409, 'CONTROL_TAKEN', 'Anna']);
  await anna.takeControl();
  await anna.page.keyboard.down('a');
  await held('A');
  await tryToType(ben, 'b');
  await note(ben).getByText('Anna has the controls. Your keyboard, mouse and touch go nowhere.').waitFor();
  await ben.says(/Your keyboard and mouse do not control the remote computer/);
  await held('A');
  // Its page still believes that the key is down.
  await button(anna, 'Release').click();
  await held();
  await bar(ben).getByText('Nobody has the controls.').waitFor();
  assert.equal((await type(0x58, true)).status, 200);
  await held('X');
  await stack.api.answer('POST', `${PATH}/input`, { participant: 'Bot', release: true });
  await held();
  const keys = (await stack.host.input()).flatMap(({ kind, key }) => (kind === 'keyDown' ? [key] : []));
  assert.deepEqual(keys, ['W', 'A', 'X']);
});

test('people ask, give, refuse and take; the other sees it at each moment', async () => {
  const [anna, ben] = [await join('Anna'), await join('Ben')];
  await exclusive();
  await button(anna, 'Take').click();
  await bar(ben).getByText('Anna has the controls.').waitFor();
  await button(ben, 'Ask').click();
  await note(anna).getByText('Ben asks for the controls.').waitFor();
  await note(ben).getByText('You asked Anna for the controls.').waitFor();
  await note(anna).getByRole('button', { name: 'Give' }).click();
  await bar(anna).getByText('Ben has the controls.').waitFor();
  await button(anna, 'Take').click();
  await note(ben)
    .getByText(/^Anna takes the controls in \d+ s\.$/)
    .waitFor();
  await note(ben).getByRole('button', { name: 'Refuse' }).click();
  await note(anna).getByText('Ben keeps the controls.').waitFor();
  await stack.api.call('PUT', `${PATH}/control`, { grace_ms: 0 });
  await button(anna, 'Take').click();
  await note(ben).getByText('Anna has the controls.').waitFor();
  // One who leaves gives them up.
  await anna.page.goto('about:blank');
  await bar(ben).getByText('Nobody has the controls.').waitFor();
});

test('the roster names people and agents, and a change of role takes effect at once', async () => {
  const [anna, ben] = [await join('Anna'), await join('Ben')];
  await type(0x57, true);
  await ben.page.getByRole('button', { name: 'Who is here' }).click();
  const list = ben.page.getByRole('dialog', { name: 'Who is here' }).getByRole('listitem');
  await list.filter({ hasText: /^Anna$/ }).waitFor();
  await list.filter({ hasText: /^Ben\s*you$/ }).waitFor();
  await list.filter({ hasText: /^Bot\s*agent$/ }).waitFor();
  await anna.takeControl();
  await anna.page.keyboard.down('a');
  await held('W', 'A');
  const { participants } = await stack.api.call<{
    participants: { name: string; peer_id: string; holds: { keys: number } }[];
  }>('GET', `${PATH}/participants`);
  const find = (name: string) => participants.find((participant) => participant.name === name)!;
  assert.deepEqual([find('Anna').holds.keys, find('Ben').holds.keys, find('Bot').holds.keys], [1, 0, 1]);
  await stack.api.call('PATCH', `${PATH}/peers/${find('Anna').peer_id}`, { role: 'watch' });
  await held('W');
  await anna.says(/You are watching/);
  await list.filter({ hasText: /^Anna\s*watching$/ }).waitFor();
  await stack.api.call('PATCH', `${PATH}/peers/${find('Anna').peer_id}`, { role: 'full' });
  // It still has the keyboard focus.
  await anna.says(/Keyboard and mouse control the remote computer/);
  // The other way round: one who was let in to watch.
  const carl = await join('Carl', 'watch');
  const [, , , { peer_id: id }] = (
    await stack.api.call<{ participants: { peer_id: string }[] }>('GET', `${PATH}/participants`)
  ).participants as [object, object, object, { peer_id: string }];
  await stack.api.call('PATCH', `${PATH}/peers/${id}`, { role: 'full' });
  await carl.says(/Click the picture to control/);
  await carl.takeControl();
  await carl.page.keyboard.down('c');
  await held('W', 'C');
  await carl.page.keyboard.up('c');
  await stack.api.answer('POST', `${PATH}/input`, { participant: 'Bot', release: true });
});

test('whoever has the controls keeps them when the process is killed, and others still have not got them', async () => {
  const [anna, ben] = [await join('Anna'), await join('Ben')];
  await exclusive();
  await button(anna, 'Take').click();
  await bar(ben).getByText('Anna has the controls.').waitFor();
  const [pid] = await streamersOf(process.pid);
  process.kill(pid!, 'SIGKILL');
  const isAway = () => document.querySelector('moonshare-viewer')?.state.kind !== 'playing';
  await Promise.all([anna, ben].map(({ page }) => page.waitForFunction(isAway)));
  await Promise.all([anna, ben].map((person) => person.frames(1)));
  await bar(ben).getByText('Anna has the controls.').waitFor();
  await tryToType(ben, 'b');
  await note(ben).getByText('Your keyboard, mouse and touch go nowhere.').waitFor();
  await anna.takeControl();
  await anna.page.keyboard.down('a');
  await held('A');
  await anna.page.keyboard.up('a');
  await held();
  assert.ok(!(await stack.host.input()).some(({ key }) => key === 'B'));
});

test('a viewer who is cut off keeps the controls, and what it holds', async () => {
  const relayed = await RelayedViewer.start(browser, { transport: 'webrtc' });
  try {
    const { viewer, relay, stack: other } = relayed;
    await viewer.frames(1);
    await other.api.call('PUT', '/api/streamers/relayed/control', { policy: 'exclusive' });
    await button(viewer, 'Take').click();
    await bar(viewer).getByText('You have the controls.').waitFor();
    await viewer.takeControl();
    await viewer.page.keyboard.down('w');
    await other.host.until('w is held', ({ heldKeyNames }) => heldKeyNames.join() === 'W');
    const before = await other.api.call<{ holder: { participant_id: string } }>(
      'GET',
      '/api/streamers/relayed/control',
    );
    const inputs = (await other.host.input()).length;
    await relayed.listen();
    relay.reset();
    await relayed.untilBackAfter('reconnecting');
    await bar(viewer).getByText('You have the controls.').waitFor();
    const after = await other.api.call<{ holder: { participant_id: string } }>('GET', '/api/streamers/relayed/control');
    assert.equal(after.holder.participant_id, before.holder.participant_id);
    assert.deepEqual((await other.host.input()).slice(inputs), [], 'nothing reached the host');
    await viewer.page.keyboard.press('q');
    await other.host.untilInput('Q', (input) => input.some(({ kind, key }) => kind === 'keyDown' && key === 'Q'));
    await viewer.page.keyboard.up('w');
    await other.host.until('w is up', ({ heldKeyNames }) => heldKeyNames.length === 0);
  } finally {
    await relayed.close();
  }
});
