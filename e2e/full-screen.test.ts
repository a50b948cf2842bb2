import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium, newPerson } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { poll } from './harness/virtual-host.ts';

let browser: Browser;
let stack: Stack;
let link: string;

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  await stack.api.createStreamer('a-stream-with-a-name');
  link = await stack.link('a-stream-with-a-name');
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

/** The visible buttons of the bar; empty while it is hidden. */
function bar(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const element = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('.bar')!;
    return [...element.querySelectorAll('button')]
      .filter((each) => each.checkVisibility({ visibilityProperty: true }))
      .map((each) => each.title);
  });
}

function controls(page: Page): Locator {
  return page.getByRole('toolbar', { name: 'Full screen' });
}

function untilBar(page: Page, isShown: boolean): Promise<string[]> {
  return poll(
    'the bar',
    () => bar(page),
    (buttons) => buttons.length > 0 === isShown,
  );
}

async function watch(page: Page): Promise<void> {
  await page.goto(link);
  await page.getByText(/^Live$/).waitFor();
}

test('the full-screen bar offers its controls, hides, returns at the edge, and exits full screen', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await watch(page);
  assert.deepEqual(await bar(page), []);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await page.waitForFunction(() => document.fullscreenElement?.localName === 'moonshare-viewer');
  assert.deepEqual(await untilBar(page, true), ['Mute', 'Type clipboard text', 'Exit full screen']);
  await page.mouse.move(400, 300);
  await untilBar(page, false);
  await page.mouse.move(400, 200);
  assert.deepEqual(await bar(page), [], 'a pointer in the picture is for the host');
  await page.mouse.move(400, 3);
  await untilBar(page, true);
  await controls(page).getByRole('button', { name: 'Mute', exact: true }).click();
  await controls(page).getByRole('button', { name: 'Unmute' }).waitFor();
  const capturing = () => page.evaluate(() => document.querySelector('moonshare-viewer')!.capturing);
  assert.equal(await capturing(), true, 'keys went to the host before and still do');
  await controls(page).getByRole('button', { name: 'Exit full screen' }).click();
  await page.waitForFunction(() => document.fullscreenElement === null);
  await untilBar(page, false);
  await person.close();
});

test('on a phone whose browser has no element full screen, the viewport fills the page, with a keyboard and an exit', async () => {
  const phone = await browser.newContext({ viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true });
  const page = await phone.newPage();
  await page.addInitScript(() => {
    Object.defineProperty(Document.prototype, 'fullscreenEnabled', { get: () => false });
    Reflect.deleteProperty(Element.prototype, 'requestFullscreen');
  });
  await watch(page);
  const name = await page.locator('h1').evaluate((h1) => [h1.clientWidth, h1.scrollWidth, h1.textContent] as const);
  assert.ok(name[0] >= 100, `the name has ${name[0]} px`);
  await page.getByRole('button', { name: 'Full screen' }).tap();
  const [sound, ...others] = await untilBar(page, true);
  // Whether a browser lets sound begin before a tap depends on which track came first.
  assert.match(sound!, /^(Mute|Unmute)$/);
  assert.deepEqual(others, ['Keyboard', 'Type clipboard text', 'Exit full screen']);
  const box = await page.locator('moonshare-viewer').boundingBox();
  assert.deepEqual(box, { x: 0, y: 0, width: 375, height: 667 });
  await untilBar(page, false);
  await page.getByRole('button', { name: 'Show controls' }).tap();
  await untilBar(page, true);
  await controls(page).getByRole('button', { name: 'Keyboard' }).tap();
  const mode = () =>
    page.evaluate(() => {
      const field = document.querySelector('moonshare-viewer')!.shadowRoot!.activeElement as HTMLTextAreaElement | null;
      return [field?.localName, field?.inputMode];
    });
  assert.deepEqual(await mode(), ['textarea', 'text']);
  await controls(page).getByRole('button', { name: 'Exit full screen' }).tap();
  await page.waitForFunction(() => document.querySelector('moonshare-viewer')!.getBoundingClientRect().height < 660);
  await phone.close();
});

test('the page can be added to a home screen, and opens its link without a browser around it', async () => {
  const page = await browser.newPage();
  await page.goto(link);
  const manifest = await page.evaluate(async () => {
    const { href } = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!;
    const answer = await fetch(href);
    const text = (await answer.json()) as { display: string; start_url?: string; icons: { src: string }[] };
    const icons = [
      ...text.icons.map(({ src }) => new URL(src, href).href),
      document.querySelector<HTMLLinkElement>('link[rel=apple-touch-icon]')!.href,
    ];
    const found = await Promise.all(icons.map(async (icon) => (await fetch(icon)).headers.get('content-type')));
    return { ...text, type: answer.headers.get('content-type'), found };
  });
  assert.match(manifest.type ?? '', /manifest\+json/);
  assert.equal(manifest.display, 'fullscreen');
  assert.equal(manifest.start_url, undefined);
  assert.deepEqual(manifest.found, ['image/svg+xml', 'image/png', 'image/png', 'image/png']);
  const capable = page.locator('meta[name=apple-mobile-web-app-capable]');
  assert.equal(await capable.getAttribute('content'), 'yes');
  await page.close();
});
