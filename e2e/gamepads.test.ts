import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

let browser: Browser;
let stack: Stack;

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  await stack.api.createStreamer('pads');
});
after(async () => {
  await browser?.close();
  await stack?.close();
});

interface FakePad {
  id: string;
  mapping?: string;
  buttons?: number;
  axes?: number[];
}

/** Pads as a driver presents them; headless Chromium has none. */
async function plug(page: Page, ...pads: (FakePad | null)[]): Promise<void> {
  await page.evaluate((given) => {
    const plugged = given.map((pad, index) => {
      if (pad === null) return null;
      const buttons = Array.from({ length: pad.buttons ?? 17 }, () => ({ pressed: false, touched: false, value: 0 }));
      return { index, mapping: 'standard', connected: true, ...pad, axes: pad.axes ?? [0, 0, 0, 0], buttons };
    });
    Object.assign(globalThis, { plugged });
    navigator.getGamepads = () => plugged as unknown as Gamepad[];
  }, pads);
}

function move(page: Page, index: number, change: { button?: number; axis?: [number, number] }): Promise<void> {
  return page.evaluate(
    ([at, { button, axis }]) => {
      const pad = (Reflect.get(globalThis, 'plugged') as { buttons: object[]; axes: number[] }[])[at]!;
      for (const [i, each] of pad.buttons.entries())
        Object.assign(each, { pressed: i === button, value: i === button ? 1 : 0 });
      if (axis !== undefined) pad.axes[axis[0]] = axis[1];
    },
    [index, change] as const,
  );
}

async function untilPressed(slot: number, wanted: string[]): Promise<void> {
  await stack.host.until(`gamepad ${slot}: ${wanted.join()}`, ({ gamepads }) => {
    return JSON.stringify(gamepads.find((pad) => pad.slot === slot)?.pressed) === JSON.stringify(wanted);
  });
}

test('the page says which player you are, over either transport, with two pads of one kind too, and after one is unplugged', async () => {
  const one = await ViewerPage.open(browser, await stack.link('pads'));
  const two = await ViewerPage.open(browser, await stack.link('pads'), { transport: 'websocket' });
  await Promise.all([one.frames(5), two.frames(5)]);
  await plug(one.page, { id: 'A' });
  await one.says(/^You are player 1$/);
  await plug(two.page, { id: 'B' }, { id: 'B' });
  await two.says(/^You are players 2 and 3$/);
  await move(two.page, 1, { button: 0 });
  await untilPressed(2, ['a']);
  await plug(two.page, null, { id: 'B' });
  await two.says(/^You are player 3$/);
  await one.close();
  await two.close();
  await stack.host.until('no pads', ({ gamepads }) => gamepads.length === 0);
});

test('a fifth pad of one person gets no slot, is named in the page, and takes the slot of one that goes', async () => {
  const viewer = await ViewerPage.open(browser, await stack.link('pads'), { transport: 'websocket' });
  await viewer.frames(5);
  const five = ['A', 'B', 'C', 'D', 'E'].map((id) => ({ id }));
  await plug(viewer.page, ...five);
  await viewer.says(/^You are players 1, 2, 3 and 4$/);
  await viewer.says(/^There is no free slot for E\./);
  await plug(viewer.page, five[0]!, null, ...five.slice(2));
  await viewer.page.getByText(/There is no free slot/).waitFor({ state: 'hidden' });
  await viewer.says(/^You are players 1, 2, 3 and 4$/);
  await viewer.close();
  await stack.host.until('no pads', ({ gamepads }) => gamepads.length === 0);
});

test('a known pad works; an unknown one is named and ignored until the person sets it up', async () => {
  const viewer = await ViewerPage.open(browser, await stack.link('pads'));
  const { page } = viewer;
  await viewer.frames(5);
  const known = { id: 'Known (Vendor: 0079 Product: 0006)', mapping: '', buttons: 12, axes: [0, 0, 0, 0, 0, 0, 0] };
  // Triggers are axes 2 and 5; they rest at -1.
  const strange = { id: 'Odd One (Vendor: dead Product: beef)', mapping: '', buttons: 11, axes: [0, 0, -1, 0, 0, -1] };
  await plug(page, known, strange);
  await viewer.says(/^You are player 1$/);
  await viewer.says(/^Odd One is not supported yet\./);
  await move(page, 0, { button: 2 });
  await untilPressed(0, ['a']);
  await move(page, 1, { button: 0 });
  await page.getByRole('button', { name: 'Set it up' }).click();
  await move(page, 1, {});
  await page.getByRole('button', { name: 'Start' }).click();
  assert.equal((await stack.host.state()).gamepads.length, 1, 'it was read before it was set up');
  await viewer.says(/the bottom one of the four/);
  await move(page, 1, { button: 5 });
  await viewer.says(/the right one of the four/);
  await move(page, 1, {});
  for (let i = 0; i < 20; i++) await page.getByRole('button', { name: 'Mine has none' }).click();
  await viewer.says(/^You are players 1 and 2$/);
  await move(page, 1, { button: 5 });
  await untilPressed(1, ['a']);
  await viewer.reload();
  await viewer.frames(5);
  await plug(page, null, strange);
  await viewer.says(/^You are player 1$/);
  await move(page, 1, { button: 5 });
  await untilPressed(0, ['a']);
  await viewer.close();
});
