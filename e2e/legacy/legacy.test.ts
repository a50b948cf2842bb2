import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { UndetailedHost } from '@moonshare/contract';
import { loadConfig, MoonshareServer } from '@moonshare/server';
import { pino } from 'pino';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Api, CREDENTIALS } from '../harness/api.ts';
import { launchChromium, newPerson } from '../harness/chromium.ts';
import { nextFrames, numbersOf } from '../harness/frames.ts';
import { streamersOf } from '../harness/processes.ts';
import { environment, newDataDirectory } from '../harness/stack.ts';
import { poll, TestHost } from '../harness/virtual-host.ts';

// A legacy front end, written only from protocol/4, served by us, in a real browser.

let browser: Browser;
let person: BrowserContext;
let page: Page;
let host: TestHost;
let server: MoonshareServer;
let data: string;

before(async () => {
  [browser, host, data] = await Promise.all([launchChromium(), TestHost.start({ pin: null }), newDataDirectory()]);
  const { MOONSHARE_HOSTS: _, MOONLIGHT_INTERNAL_PAIRING_PIN: __, ...rest } = environment(host, data);
  const config = loadConfig({
    ...rest,
    MOONSHARE_PATH_PREFIX: '/old',
    MOONSHARE_STATIC_DIR: fileURLToPath(new URL('front-end', import.meta.url)),
  });
  const log = pino({ level: config.logLevel });
  server = await MoonshareServer.start({ config: { ...config, credentials: CREDENTIALS }, log });
  person = await newPerson(browser);
  page = await person.newPage();
  await page.goto(`${server.url}/`);
});
after(async () => {
  await browser?.close();
  await server?.close();
  await host?.close();
  if (data !== undefined) await rm(data, { recursive: true });
});

async function says(text: RegExp): Promise<string> {
  const status = page.locator('#status', { hasText: text });
  await status.waitFor();
  return (await status.textContent()) ?? '';
}

const seen = (): Promise<string[]> => page.evaluate('window.seen');

function seenSoon(what: string, wanted: (seen: string[]) => boolean): Promise<string[]> {
  return poll(what, seen, wanted);
}

test('it logs in with the shared credentials and no others', async () => {
  await page.fill('#credentials', 'wrong');
  await page.click('#login button');
  await says(/^not logged in: 401$/);
  await page.fill('#credentials', CREDENTIALS);
  await page.click('#login button');
  await says(/^logged in$/);
});

test('it adds a host and pairs it with the PIN entered at the host', async () => {
  await page.fill('#address', '127.0.0.1');
  await page.fill('#port', String(host.httpPort));
  await page.click('#add button');
  await page.getByText(/NotPaired Free/).waitFor();
  await page.getByRole('button', { name: 'Pair' }).click();
  const pin = /\d{4}/.exec(await says(/^PIN \d{4}$/))![0];
  await host.typePin(pin);
  await says(/^paired with /);
  await page.getByText(/ Paired Free/).waitFor();
});

test('it shows the apps with their pictures', async () => {
  await page.getByRole('button', { name: 'Apps' }).click();
  const pictures = page.locator('#apps img');
  await page.locator('#apps img[alt="Desktop"]').waitFor();
  assert.equal(await pictures.count(), 2);
  const widths = () =>
    pictures.evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
  await poll('loaded pictures', widths, (all) => all.every((width) => width > 0));
});

test('it streams, in the documented order', async () => {
  await page.getByRole('button', { name: 'Start Desktop' }).click();
  await says(/^streaming 640x360$/);
  const numbers = numbersOf(await nextFrames(page, 30));
  assert.ok(numbers.at(-1)! > numbers[0]!, JSON.stringify(numbers));
  const order = await seenSoon(
    'connected',
    (all) => all.includes('peer connected') && all.includes('offer with media'),
  );
  const stages = [
    'UpdateApp',
    'StageComplete Launch Streamer',
    'StageStarting Setup WebRTC Peer',
    'WebRtcConfig',
    'StageComplete Setup WebRTC Peer',
    'StageStarting WebRTC Peer Negotiation',
  ];
  const own = new Set(['offer sent', 'peer connecting', 'peer connected', 'candidate']);
  const told = order.filter((what) => !own.has(what));
  assert.deepEqual(told.slice(0, 6), stages);
  // Two offers in quick succession are both answered, before any news of the host.
  assert.equal(order.filter((what) => what === 'offer sent').length, 2);
  assert.deepEqual(told.slice(6, 8), ['answer', 'answer'], JSON.stringify(order));
  const media = told.indexOf('offer with media');
  const hostStages = told.slice(8, media).filter((what) => what !== 'ConnectionComplete');
  assert.ok(hostStages.length >= 2, JSON.stringify(told));
  const started = hostStages.filter((what) => what.startsWith('StageStarting ')).map((what) => what.slice(14));
  const completed = hostStages.filter((what) => what.startsWith('StageComplete ')).map((what) => what.slice(14));
  assert.deepEqual(completed, started);
  assert.ok(told.slice(8).includes('ConnectionComplete'));
  assert.ok(!order.includes('null candidate'));
  assert.equal(await page.evaluate('document.querySelector("video").srcObject.getTracks().length'), 2);
});

test('protocol/4 §7.3: typed keys arrive at the host', async () => {
  await page.keyboard.down('k');
  await host.until('K held', ({ heldKeyNames }) => heldKeyNames.join() === 'K');
  await page.keyboard.up('k');
  await host.until('K let go', ({ heldKeyNames }) => heldKeyNames.length === 0);
});

test('when its streamer is killed the peer is set up again, and the picture comes back', async () => {
  const [pid] = await streamersOf(process.pid);
  await page.evaluate('window.seen.length = 0');
  process.kill(pid!, 'SIGKILL');
  await seenSoon('the new peer', (all) => all.includes('WebRtcConfig') && all.includes('ConnectionComplete'));
  const numbers = numbersOf(await nextFrames(page, 30));
  assert.ok(numbers.at(-1)! > numbers[0]!);
  assert.ok(!(await seen()).includes('ConnectionTerminated'));
});

test('quitting ends the stream and leaves the app running; cancel ends the app', async () => {
  await page.click('#quit');
  const { app } = await host.until('no session', ({ sessions }) => sessions.length === 0);
  assert.notEqual(app, null);
  await poll(
    'no streamer',
    async () => server.streamers.all(),
    (all) => all.length === 0,
  );
  const api = new Api(server.url);
  const { hosts } = await api.call<{ hosts: UndetailedHost[] }>('GET', '/api/hosts');
  const said = await api.call('POST', '/api/host/cancel', { host_id: hosts[0]!.host_id });
  assert.deepEqual(said, { success: true });
  await host.until('no app', (state) => state.app === null);
});

test('the end of the app is reported on the socket and on the data channel', async () => {
  await page.getByRole('button', { name: 'Start Desktop' }).click();
  await says(/^streaming/);
  await nextFrames(page, 5);
  await host.endApp();
  const all = await seenSoon('the end', (words) => words.includes('closed'));
  assert.equal(all.filter((what) => what === 'ConnectionTerminated').length, 1);
  assert.ok(all.includes('general "ConnectionTerminated"'), JSON.stringify(all));
});

test('closing the page ends its stream and leaves the app running', async () => {
  await page.getByRole('button', { name: 'Start Desktop' }).click();
  await says(/^streaming/);
  await nextFrames(page, 5);
  await person.close();
  const { app } = await host.until('no session', ({ sessions }) => sessions.length === 0);
  assert.notEqual(app, null);
});
