import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CreatedLink, LinkInfo, TransportKind, Voucher } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPersonsPage } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

// Links with restrictions, in a real browser.

const LINKS = '/api/streamers/shared/links';

let browser: Browser;
let stack: Stack;

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  await stack.api.createStreamer('shared');
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

function makeLink(request: Record<string, unknown>): Promise<CreatedLink> {
  return stack.api.call('POST', LINKS, request);
}

async function openWithPin(link: CreatedLink, transport: TransportKind): Promise<ViewerPage> {
  const viewer = await ViewerPage.open(browser, link.url, { transport });
  await viewer.says(/This link needs a PIN/);
  await viewer.page.getByLabel('PIN for this link').fill('4711');
  await viewer.page.getByRole('button', { name: 'Join' }).click();
  return viewer;
}

test('a link asks for its PIN once, a reload does not count as a use, and revoking it ends the picture over either transport', async () => {
  const link = await makeLink({ role: 'watch', pin: '4711', max_uses: 2 });
  const viewer = await ViewerPage.open(browser, link.url, { transport: 'webrtc' });
  await viewer.says(/This link needs a PIN/);
  const input = viewer.page.getByLabel('PIN for this link');
  await input.fill('0000');
  await input.press('Enter');
  await viewer.says(/Wrong PIN/);
  assert.equal(await input.inputValue(), '');
  await input.fill('4711');
  await viewer.page.getByRole('button', { name: 'Join' }).click();
  await viewer.frames(1);
  const other = await openWithPin(link, 'websocket');
  await other.frames(1);
  for (const one of [viewer, other]) await one.reload();
  await Promise.all([viewer.frames(1), other.frames(1)]);
  const { links } = await stack.api.call<{ links: LinkInfo[] }>('GET', LINKS);
  assert.equal(links[0]?.uses, 2);

  const third = await openWithPin(link, 'websocket');
  await third.says(/This link has been used up/);
  await third.close();

  await stack.api.call('DELETE', `${LINKS}/${link.id}`);
  for (const one of [viewer, other]) await one.says(/Your access has ended/);
  assert.equal((await stack.api.streamer('shared')).connected_peers, 0);
  for (const one of [viewer, other]) await one.close();
});

/** A page that believes it may do everything, whatever its link allows. */
async function pageClaimingFullRole(role: string, transport: TransportKind): Promise<ViewerPage> {
  const viewer = await ViewerPage.open(browser, (await makeLink({ role })).url, { transport });
  await viewer.page.route('**/token', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), role: 'full' } });
  });
  await viewer.reload();
  await viewer.frames(1);
  await viewer.takeControl();
  return viewer;
}

test('the streamer enforces the role: a page that claims a higher one can neither type nor click', async () => {
  const claimants = [await pageClaimingFullRole('watch', 'websocket'), await pageClaimingFullRole('gamepad', 'webrtc')];
  for (const { page } of claimants) {
    await page.keyboard.press('a');
    await page.mouse.click(300, 200);
  }
  // Their input reaches the streamer long before another page is open; dropped input is not counted, so it cannot be awaited.
  const honest = await ViewerPage.open(browser, (await makeLink({ role: 'full' })).url);
  await honest.frames(1);
  await honest.takeControl();
  await honest.page.keyboard.press('b');
  const input = await stack.host.untilInput('B', (all) => all.some(({ kind, key }) => kind === 'keyUp' && key === 'B'));
  assert.ok(!input.some(({ key }) => key === 'A'));
  for (const viewer of [...claimants, honest]) await viewer.close();
});

test('a link for vouched browsers opens where its grantor has vouched for the browser, and says so elsewhere', async () => {
  const link = await makeLink({ role: 'watch', vouched: true, single_use: true });
  const viewer = await ViewerPage.open(browser, link.url);
  await viewer.says(/This link does not open in this browser/);
  const { url } = await stack.api.call<Voucher>('POST', '/api/vouchers');
  await viewer.page.goto(url);
  await viewer.page.getByText('This browser is ready').waitFor();
  assert.equal(new URL(viewer.page.url()).hash, '');
  await viewer.page.goto(link.url);
  await viewer.frames(1);
  await viewer.reload();
  await viewer.frames(1);

  const other = await newPersonsPage(browser);
  await other.goto(url);
  await other.getByText('This voucher has been used, or has expired').waitFor();
  await other.context().close();
  await viewer.close();
});
