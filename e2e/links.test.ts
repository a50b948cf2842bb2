import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CreatedLink, LinkInfo } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
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

test('a link asks for its PIN once, a reload does not count as a use, and revoking it ends the picture', async () => {
  const link = await makeLink({ role: 'watch', pin: '4711', max_uses: 1 });
  const viewer = await ViewerPage.open(browser, link.url);
  await viewer.says(/This link needs a PIN/);
  const input = viewer.page.getByLabel('PIN for this link');
  await input.fill('0000');
  await input.press('Enter');
  await viewer.says(/Wrong PIN/);
  assert.equal(await input.inputValue(), '');
  await input.fill('4711');
  await viewer.page.getByRole('button', { name: 'Join' }).click();
  await viewer.frames(1);
  await viewer.page.reload();
  await viewer.page.locator('moonshare-viewer').waitFor();
  await viewer.frames(1);
  const { links } = await stack.api.call<{ links: LinkInfo[] }>('GET', LINKS);
  assert.equal(links[0]?.uses, 1);

  const second = await ViewerPage.open(browser, link.url);
  await second.says(/This link needs a PIN/);
  await second.page.getByLabel('PIN for this link').fill('4711');
  await second.page.getByRole('button', { name: 'Join' }).click();
  await second.says(/This link has been used up/);
  await second.close();

  await stack.api.call('DELETE', `${LINKS}/${link.id}`);
  await viewer.says(/Your access has ended/);
  assert.equal((await stack.api.streamer('shared')).connected_peers, 0);
  await viewer.close();
});

/** A page that believes it may do everything, whatever its link allows. */
async function pageClaimingFullRole(role: string): Promise<ViewerPage> {
  const viewer = await ViewerPage.open(browser, (await makeLink({ role })).url);
  await viewer.page.route('**/token', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), role: 'full' } });
  });
  await viewer.page.reload();
  await viewer.page.locator('moonshare-viewer').waitFor();
  await viewer.frames(1);
  await viewer.takeControl();
  return viewer;
}

test('the streamer enforces the role: a page that claims a higher one can neither type nor click', async () => {
  const claimants = [await pageClaimingFullRole('watch'), await pageClaimingFullRole('gamepad')];
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
