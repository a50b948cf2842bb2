import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CreatedLink } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { packClient } from '../scripts/pack/client.ts';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPersonsPage } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';

// A stranger's site, on another origin than the server, with the published client and with a frame.

let browser: Browser;
let stack: Stack;
let script: string;
let link: CreatedLink;
const sites = [0, 1].map(() =>
  createServer((request, response) => {
    const isScript = request.url === '/moonshare.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>A site</title><script src="moonshare.js"></script>');
  }),
);
const packed = mkdtempSync(join(tmpdir(), 'moonshare-embedding-'));
let [allowed, refused] = ['', ''];

before(async () => {
  for (const site of sites) await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  [allowed, refused] = sites.map((site) => `http://127.0.0.1:${(site.address() as AddressInfo).port}`) as [
    string,
    string,
  ];
  const [tarball] = await Promise.all([packClient(packed), buildWeb()]);
  script = readFileSync(join(tarball, '../client/dist/moonshare.js'), 'utf8');
  [browser, stack] = await Promise.all([
    launchChromium(),
    Stack.start({}, { environment: { MOONSHARE_ALLOWED_ORIGINS: allowed } }),
  ]);
  await stack.api.createStreamer('embedded');
  link = await stack.api.call('POST', '/api/streamers/embedded/links', { role: 'full' });
});
after(async () => {
  await browser?.close();
  await stack?.close();
  for (const site of sites) site.close();
  rmSync(packed, { recursive: true, force: true });
});

/** Opens the site and puts the element into it. */
async function visit(site: string) {
  const page = await newPersonsPage(browser);
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
  test(`the element plays on a page of an allowed origin, over ${transport}; a new token changes nothing`, async () => {
    const page = await visit(allowed);
    await page.evaluate((by) => document.querySelector('moonshare-viewer')!.setAttribute('transport', by), transport);
    await page.waitForFunction(() => document.querySelector('moonshare-viewer')!.picture.kind === 'moving');
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
    await page.context().close();
  });

test('a page of another origin is told that it is refused, not that the server is down', async () => {
  const page = await visit(refused);
  await page.getByText('The server does not let pages of this site show streams').first().waitFor();
  await page.context().close();
});

test('a frame plays on an allowed page, tells it so and obeys it, and other pages may not have it', async () => {
  const { origin, hash } = new URL(link.url);
  const frameAt = (site: string) => `${origin}/embed/embedded?muted=1&parent=${encodeURIComponent(site)}${hash}`;
  const page = await newPersonsPage(browser);
  await page.goto(allowed);
  const muted = await page.evaluate(async (address) => {
    const frame = document.createElement('iframe');
    frame.src = address;
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
  await page.context().close();

  const other = await newPersonsPage(browser);
  await other.goto(refused);
  const violation = other.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()));
  await other.evaluate((address) => {
    const frame = document.createElement('iframe');
    frame.src = address;
    document.body.append(frame);
  }, frameAt(refused));
  await violation;
  await other.context().close();
});
