import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CreatedLink, StreamerInfo } from '@moonshare/contract';
import type { Browser, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { site } from '../examples/plain-page/site.ts';
import { buildClient } from '../scripts/pack/client.ts';
import { buildReact } from '../scripts/pack/react.ts';
import { CREDENTIALS } from './harness/api.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPersonsPage } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

// Strangers' sites, on other origins than the server, with the published packages and with a frame.

let browser: Browser;
let stack: Stack;
let link: CreatedLink;
const built = mkdtempSync(join(tmpdir(), 'moonshare-embedding-'));
const example = (path: string) => fileURLToPath(new URL(`../examples/${path}`, import.meta.url));

const bare: RequestListener = (request, response) => {
  const isScript = request.url === '/moonshare.js';
  response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
  response.end(
    isScript
      ? readFileSync(join(built, 'client/moonshare.js'))
      : '<!doctype html><title>A site</title><script src="moonshare.js"></script>',
  );
};
/** The examples, once the server is there. Each token that the plain page asks for is counted, and may be `refused`. */
let plainPage = bare;
let react = bare;
const tokens = { asked: 0, refused: 0 };
const listeners: RequestListener[] = [
  bare,
  bare,
  (request, response) => {
    if (request.url === '/token') tokens.asked += 1;
    if (request.url !== '/token' || tokens.asked !== tokens.refused) plainPage(request, response);
    else response.writeHead(503).end();
  },
  (request, response) => react(request, response),
];
const sites = listeners.map((listener) => createServer(listener));
let [allowed, refused, plainSite, reactSite] = ['', '', '', ''];

before(async () => {
  for (const site of sites) await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  [allowed, refused, plainSite, reactSite] = sites.map(
    (site) => `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
  ) as [string, string, string, string];
  await Promise.all([buildPackages(), buildWeb()]);
  [browser, stack] = await Promise.all([
    launchChromium(),
    Stack.start({}, { environment: { MOONSHARE_ALLOWED_ORIGINS: [allowed, plainSite, reactSite].join() } }),
  ]);
  await stack.api.createStreamer('embedded');
  link = await stack.api.call('POST', '/api/streamers/embedded/links', { role: 'full' });
  const options = { moonshare: stack.api.url, credentials: CREDENTIALS, streamer: 'embedded' };
  const page = { '/': example('plain-page/index.html'), '/moonshare.js': join(built, 'client/moonshare.js') };
  plainPage = site({ ...options, files: page });
  react = site({
    ...options,
    files: {
      '/': example('react/index.html'),
      '/main.tsx': join(built, 'example.js'),
      '/player-worker.js': join(built, 'client/player-worker.js'),
    },
  });
});
after(async () => {
  await browser?.close();
  await stack?.close();
  for (const site of sites) site.close();
  rmSync(built, { recursive: true, force: true });
});

/** The packages, as they are published, and the React example with them. */
async function buildPackages(): Promise<void> {
  await Promise.all([buildClient(join(built, 'client')), buildReact(join(built, 'react'))]);
  const bundle = await rolldown({
    input: example('react/main.tsx'),
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
    resolve: {
      alias: { '@moonshare/client': join(built, 'client/index.js'), '@moonshare/react': join(built, 'react/index.js') },
      // As from the node_modules of the example.
      modules: [fileURLToPath(new URL('../node_modules', import.meta.url))],
    },
  });
  await bundle.write({ file: join(built, 'example.js'), format: 'es', codeSplitting: false });
}

/** Closed at the end of the test, also if it fails: the others count who watches. */
async function newPage(t: TestContext): Promise<Page> {
  const page = await newPersonsPage(browser);
  t.after(() => page.context().close());
  return page;
}

/** Opens the site and puts the element into it. */
async function visit(t: TestContext, site: string) {
  const page = await newPage(t);
  await page.goto(site);
  const { origin, hash } = new URL(link.url);
  await page.evaluate(
    ([src, token]) => {
      const viewer = document.createElement('moonshare-viewer');
      viewer.setAttribute('src', src!);
      viewer.setAttribute('streamer', 'embedded');
      viewer.setAttribute('muted', '');
      viewer.tokenProvider = async () => token!;
      document.body.append(viewer);
    },
    [`${origin}/`, new URLSearchParams(hash.slice(1)).get('token')!],
  );
  return page;
}

for (const transport of ['webrtc', 'websocket'])
  test(`the element plays on a page of an allowed origin, over ${transport}; a new token changes nothing`, async (t) => {
    const page = await visit(t, allowed);
    await page.evaluate((by) => document.querySelector('moonshare-viewer')!.setAttribute('transport', by), transport);
    // The first picture of a connection is shown at once, and may be seen before the connection is chosen for it.
    await page.waitForFunction(() => {
      const { picture, transport } = document.querySelector('moonshare-viewer')!;
      return picture.kind === 'moving' && transport !== null;
    });
    const states = await page.evaluate(async (by) => {
      const viewer = document.querySelector('moonshare-viewer')!;
      const states: string[] = [];
      viewer.addEventListener('statechange', ({ detail }) => states.push(detail.kind));
      viewer.setAttribute('transport', by);
      viewer.setAttribute('token', 'another');
      // What a change of the stream would have done by then.
      await new Promise((next) => viewer.shadowRoot!.querySelector('video')!.requestVideoFrameCallback(next));
      return [...states, viewer.transport, viewer.state.kind];
    }, transport);
    assert.deepEqual(states, [transport, 'playing']);
  });

/** Chromium keeps the page's sockets where `dropSockets` finds them. */
async function personWithSockets(t: TestContext): Promise<Page> {
  const page = await newPage(t);
  await page.addInitScript(() => {
    const sockets: WebSocket[] = [];
    window.WebSocket = class extends WebSocket {
      constructor(...how: ConstructorParameters<typeof WebSocket>) {
        super(...how);
        sockets.push(this);
      }
    };
    Object.assign(window, { dropSockets: () => sockets.splice(0).map((socket) => socket.close()).length });
  });
  return page;
}

const viewers = async () => (await stack.api.call<StreamerInfo>('GET', '/api/streamers/embedded')).connected_peers;
/** The page closes, and the server notices. */
async function leave(page: Page): Promise<void> {
  await page.close();
  await poll('nobody watches', viewers, (count) => count === 0);
}
const isMoving = () => document.querySelector('moonshare-viewer')?.picture.kind === 'moving';

test('the plain page gets a fresh token from its own server for each join, and asks again when it has none', async (t) => {
  const page = await personWithSockets(t);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(plainSite);
  await page.waitForFunction(isMoving);
  assert.equal(tokens.asked, 1);
  assert.equal(await page.evaluate(() => document.querySelector('moonshare-viewer')!.access), 'full');

  tokens.refused = 2;
  const states = await page.evaluate(async () => {
    const viewer = document.querySelector('moonshare-viewer')!;
    const states: string[] = [];
    const isBack = new Promise<void>((done) =>
      viewer.addEventListener('statechange', ({ detail }) => {
        if ('problem' in detail) states.push(detail.problem?.code ?? '');
        if (detail.kind === 'playing') done();
      }),
    );
    (window as unknown as { dropSockets(): number }).dropSockets();
    await isBack;
    return [...new Set(states.filter((code) => code !== ''))];
  });
  assert.deepEqual(states, ['SERVER_UNREACHABLE', 'TOKEN_UNAVAILABLE']);
  assert.equal(tokens.asked, 3);
  await page.waitForFunction(isMoving);
  // The answer that the server got is used as it is.
  assert.ok(!asked.some((path) => path.startsWith('/api/') && path.endsWith('/token')));
  await leave(page);
});

test('a React app has one viewer for each <Stream> that is mounted, in StrictMode too, and its hooks say what happens', async (t) => {
  const page = await newPage(t);
  const faults: string[] = [];
  page.on(
    'console',
    (message) => message.type() === 'error' && faults.push(`${message.text()} ${message.location().url}`),
  );
  page.on('pageerror', ({ message }) => faults.push(message));
  const sockets: string[] = [];
  page.on('websocket', (socket) => sockets.push(new URL(socket.url()).pathname));
  await page.goto(reactSite);
  await page.waitForFunction(isMoving);
  await page.getByText('Anna (you)').waitFor();
  await page.getByText(/playing, [1-9]\d* frames a second/).waitFor();
  assert.equal(await viewers(), 1);
  assert.deepEqual(
    sockets.filter((path) => path.endsWith('/peer')),
    ['/api/streamers/embedded/peer'],
  );

  await stack.api.call('PUT', '/api/streamers/embedded/control', { policy: 'exclusive' });
  await page.getByRole('button', { name: 'Take the controls' }).last().click();
  await page.getByText('Anna (you) has the controls').waitFor();
  await page.getByRole('button', { name: 'Release the controls' }).last().click();
  await page.getByText('Anna (you)', { exact: true }).waitFor();
  await stack.api.call('PUT', '/api/streamers/embedded/control', { policy: 'union' });

  await page.getByRole('button', { name: 'Leave' }).click();
  await poll('nobody watches', viewers, (count) => count === 0);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForFunction(isMoving);
  assert.equal(await viewers(), 1);
  assert.deepEqual(faults, []);
  await leave(page);
});

test('before anything is known, the bar offers only what works', async (t) => {
  const page = await newPage(t);
  await page.goto(allowed);
  const offered = await page.evaluate(() => {
    const viewer = document.createElement('moonshare-viewer');
    viewer.setAttribute('controls', '');
    document.body.append(viewer);
    const buttons = [...viewer.shadowRoot!.querySelectorAll<HTMLElement>('.bar button')];
    return buttons.filter(({ hidden }) => !hidden).map(({ title, textContent }) => title || textContent);
  });
  assert.deepEqual(offered, ['Mute', 'Full screen']);
});

test('a page of another origin is told that it is refused, not that the server is down', async (t) => {
  const page = await visit(t, refused);
  await page.getByText('The server does not let pages of this site show streams').first().waitFor();
});

test('a frame plays on an allowed page, tells it so and obeys it, and other pages may not have it', async (t) => {
  const { origin, hash } = new URL(link.url);
  const frameAt = (site: string) =>
    `${origin}/embed/embedded?muted=1&controls=1&parent=${encodeURIComponent(site)}${hash}`;
  const page = await newPage(t);
  await page.goto(allowed);
  const muted = await page.evaluate(async (address) => {
    const frame = document.createElement('iframe');
    frame.src = address;
    frame.allow = 'fullscreen';
    const said = (wanted: string, value: (value: never) => boolean) =>
      new Promise<unknown>((done) =>
        addEventListener(
          'message',
          ({ data }) => data.moonshare === wanted && value(data.value as never) && done(data.value),
        ),
      );
    const moving = said('picturechange', (picture: { kind: string }) => picture.kind === 'moving');
    document.body.append(frame);
    await moving;
    const unmuted = said('mutechange', (isMuted: boolean) => isMuted);
    frame.contentWindow!.postMessage({ moonshare: 'mute', value: true }, '*');
    return unmuted;
  }, frameAt(allowed));
  assert.equal(muted, true);
  const bar = page.frameLocator('iframe').getByRole('toolbar', { name: 'Stream' });
  const { x, y } = (await page.locator('iframe').boundingBox())!;
  let moves = 0;
  await poll(
    'the frame on the whole screen',
    async () => {
      // The bar hides again soon.
      await page.mouse.move(x + 100, y + 3 + (moves++ % 2));
      const full = bar.getByRole('button', { name: 'Full screen', exact: true });
      await full.click({ timeout: 2000 }).catch(() => undefined);
      return page.evaluate(() => document.fullscreenElement?.localName);
    },
    (name) => name === 'iframe',
  );

  const other = await newPage(t);
  await other.goto(refused);
  const violation = other.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await other.evaluate((address) => {
    const frame = document.createElement('iframe');
    frame.src = address;
    document.body.append(frame);
  }, frameAt(refused));
  await violation;
});
