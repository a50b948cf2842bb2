import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { TransportKind } from '@moonshare/contract';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

// What people do in their pages, and what the host receives of it.

let browser: Browser;
let stack: Stack;
/** The page of tests with one person. */
let single: ViewerPage | null = null;

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  await stack.api.createStreamer('input');
});
after(async () => {
  await leave();
  await browser?.close();
  await stack?.close();
});

/** A person who sees the picture and has taken keyboard and mouse. */
async function player(options: { gamepad?: boolean; transport?: TransportKind } = {}): Promise<ViewerPage> {
  const viewer = await ViewerPage.open(browser, await stack.link('input'), options);
  await viewer.frames(1);
  await viewer.takeControl();
  return viewer;
}

/** The same person in each test, who takes control anew. */
async function onlyPlayer(): Promise<ViewerPage> {
  if (single === null) {
    single = await player();
    return single;
  }
  await single.page.getByRole('heading', { level: 1 }).click();
  await single.says(/Click the picture to control the remote computer/);
  await single.takeControl();
  return single;
}

async function leave(): Promise<void> {
  const viewer = single;
  single = null;
  await viewer?.close();
}

afterEach(async (context) => {
  // What failed may have left anything.
  if (!('passed' in context && context.passed)) await leave();
});

const held = (...keys: string[]) =>
  stack.host.until(`${keys} held`, ({ heldKeyNames }) => heldKeyNames.join() === keys.join());

test('a key pressed by two people, over different transports, is down until the last lets go, even by disappearing without notice', async () => {
  const [first, second] = [await player({ transport: 'websocket' }), await player({ transport: 'webrtc' })];
  await first.page.keyboard.down('a');
  await held('A');
  await second.page.keyboard.down('a');
  await second.page.keyboard.press('b');
  await stack.host.untilInput('B typed by the second', (input) =>
    input.some(({ kind, key }) => kind === 'keyUp' && key === 'B'),
  );
  await first.page.keyboard.up('a');
  await first.page.keyboard.press('c');
  const input = await stack.host.untilInput('C typed by the first', (events) =>
    events.some(({ kind, key }) => kind === 'keyUp' && key === 'C'),
  );
  // C was pressed after the first viewer had released A, which is still down and went down only once.
  assert.deepEqual(
    input.filter(({ key }) => key === 'A').map(({ kind }) => kind),
    ['keyDown'],
  );
  assert.deepEqual((await stack.host.state()).heldKeyNames, ['A']);
  await second.crash();
  await held();
  await first.page.keyboard.down('d');
  await held('D');
  await first.crash();
  await held();
});

test("keys pressed before the script for them is there are nobody's, and the page says that it does not control anything yet", async () => {
  const viewer = await ViewerPage.blank(browser);
  const { page } = viewer;
  const [isAsked, mayCome] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await page.route(/\/capture-[^/]*\.js$/, async (route) => {
    isAsked.resolve();
    await mayCome.promise;
    await route.continue();
  });
  await viewer.visit(await stack.link('input'));
  await isAsked.promise;
  await viewer.frames(1);
  await page.locator('moonshare-viewer').click();
  await page.keyboard.press('x');
  assert.equal(await page.evaluate(() => document.querySelector('moonshare-viewer')!.capturing), false);
  await viewer.says(/Click the picture to control the remote computer/);
  mayCome.resolve();
  await viewer.says(/Keyboard and mouse control the remote computer/);
  await page.keyboard.press('y');
  const input = await stack.host.untilInput('Y typed', (events) =>
    events.some(({ kind, key }) => kind === 'keyUp' && key === 'Y'),
  );
  assert.deepEqual(
    input.filter(({ key }) => key === 'X'),
    [],
  );
  await viewer.close();
});

test('who only watches loads no script for input', async () => {
  const viewer = await ViewerPage.blank(browser);
  const scripts: string[] = [];
  viewer.page.on('request', (request) => scripts.push(request.url()));
  await viewer.visit(await stack.link('input', 'watch'));
  await viewer.frames(1);
  assert.ok(scripts.some((url) => url.endsWith('.js')));
  assert.deepEqual(
    scripts.filter((url) => url.includes('/capture-')),
    [],
  );
  await viewer.close();
});

test('keys are released when the page loses focus, and Ctrl+Alt+Shift+Z releases the keyboard', async () => {
  const viewer = await onlyPlayer();
  await viewer.page.keyboard.down('w');
  await held('W');
  await viewer.page.getByRole('button', { name: 'Help' }).focus();
  await held();
  await viewer.takeControl();
  await viewer.page.keyboard.down('Control');
  await viewer.page.keyboard.down('Alt');
  await viewer.page.keyboard.down('Shift');
  await viewer.page.keyboard.down('z');
  await viewer.says(/Click the picture to control the remote computer/);
  await held();
  assert.ok(!(await stack.host.input()).some(({ key }) => key === 'Z'));
  for (const key of ['w', 'z', 'Shift', 'Alt', 'Control']) await viewer.page.keyboard.up(key);
});

test('the pointer goes where the picture is clicked, and drags', async () => {
  const viewer = await onlyPlayer();
  const { x, y, width, height } = (await viewer.page.locator('moonshare-viewer').boundingBox())!;
  // The viewport is wider than 16:9 here: bars left and right.
  const pictureWidth = (height * 16) / 9;
  assert.ok(pictureWidth < width);
  const at = (across: number, down: number): [number, number] => [
    x + (width - pictureWidth) / 2 + across * pictureWidth,
    y + down * height,
  ];
  await viewer.page.mouse.move(...at(0.25, 0.5));
  await stack.host.until('the pointer at a quarter', ({ pointer }) => near(pointer.x, 160) && near(pointer.y, 180));
  await viewer.page.mouse.down({ button: 'right' });
  await stack.host.until('the right button', ({ heldButtonNames }) => heldButtonNames.join() === 'right');
  await viewer.page.mouse.move(...at(0.75, 0.25));
  await stack.host.until('the drag', ({ pointer }) => near(pointer.x, 480) && near(pointer.y, 90));
  await viewer.page.mouse.up({ button: 'right' });
  await stack.host.until('no button', ({ heldButtonNames }) => heldButtonNames.length === 0);
  await viewer.page.mouse.wheel(0, 240);
  await stack.host.untilInput('the wheel', (input) => input.some(({ kind }) => /scroll/i.test(kind)));
});

test('the mouse moves nothing before a click takes control, nor after the page loses focus', async () => {
  const viewer = await ViewerPage.open(browser, await stack.link('input'));
  await viewer.frames(1);
  const { page } = viewer;
  const { x, y, width, height } = (await page.locator('moonshare-viewer').boundingBox())!;
  const from = (await stack.host.input()).length;
  const over = async () => {
    await page.mouse.move(x + width * 0.4, y + height * 0.4);
    await page.mouse.move(x + width * 0.6, y + height * 0.6, { steps: 5 });
    await page.mouse.wheel(0, 100);
  };
  await over();
  await viewer.takeControl();
  await stack.host.untilInput('the click', (input) => input.slice(from).some(({ kind }) => kind === 'mouseUp'));
  const taken = (await stack.host.input()).slice(from);
  // The first event is the click, in the middle.
  assert.deepEqual(
    taken.filter(({ kind }) => kind !== 'mousePosition').map(({ kind }) => kind),
    ['mouseDown', 'mouseUp'],
  );
  const { pointer } = await stack.host.state();
  assert.ok(near(pointer.x, 320) && near(pointer.y, 180));
  await page.keyboard.press('Escape');
  await page.mouse.move(x + width * 0.5, y + height * 0.25);
  await stack.host.until('Escape is the host’s, and the mouse goes on', (state) => near(state.pointer.y, 90));
  await page.getByRole('heading', { level: 1 }).click();
  await viewer.says(/Click the picture to control the remote computer/);
  const before = (await stack.host.input()).length;
  await over();
  await viewer.takeControl();
  await stack.host.until('the mouse in the middle again', (state) => near(state.pointer.y, 180));
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
  await over();
  await viewer.takeControl();
  const after = await stack.host.untilInput('two clicks', (input) => {
    return input.slice(before).filter(({ kind }) => kind === 'mouseUp').length === 2;
  });
  assert.deepEqual(
    after.slice(before).flatMap(({ kind }) => (kind === 'mousePosition' ? [] : [kind])),
    ['mouseDown', 'mouseUp', 'mouseDown', 'mouseUp'],
  );
  await viewer.close();
});

test('a pinch zooms the picture without scrolling the host, and clicks go to what is seen', async () => {
  const viewer = await onlyPlayer();
  const { page } = viewer;
  const { x, y, width, height } = (await page.locator('moonshare-viewer').boundingBox())!;
  const from = (await stack.host.input()).length;
  /** A wheel event with Control, which is how browsers report a pinch. */
  const wheel = (place: { x: number; y: number }, deltaY: number) =>
    page.evaluate(
      (init) => {
        const video = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('video')!;
        const event = new WheelEvent('wheel', init);
        video.dispatchEvent(event);
        return { prevented: event.defaultPrevented, width: video.getBoundingClientRect().width };
      },
      {
        ...{ bubbles: true, cancelable: true, composed: true, ctrlKey: true, deltaY },
        ...{ clientX: place.x, clientY: place.y },
      },
    );
  const at = { x: x + width * 0.5, y: y + height * 0.25 };
  const pinched = await wheel(at, -40);
  assert.ok(pinched.prevented && pinched.width > 1.4 * width, JSON.stringify(pinched));
  await page.mouse.click(at.x, at.y);
  const { pointer } = await stack.host.until('a click', ({ pointer: { y: down } }) => near(down, 90));
  assert.ok(near(pointer.x, 320));
  await wheel(at, 1000);
  assert.equal((await wheel(at, 1000)).width, width);
  // With the key held it goes to the host.
  await page.keyboard.down('Control');
  await stack.host.until('Control', ({ heldKeyNames }) => heldKeyNames.join() === 'Ctrl');
  assert.equal((await wheel(at, -120)).width, width);
  const input = await stack.host.untilInput('the wheel', (events) => {
    return events.slice(from).some(({ kind }) => kind === 'scroll');
  });
  assert.equal(input.slice(from).filter(({ kind }) => kind === 'scroll').length, 1);
  await page.keyboard.up('Control');
});

test('a file dropped on the picture does not open in the browser', async () => {
  const viewer = await onlyPlayer();
  const prevented = await viewer.page.evaluate(() => {
    const video = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('video')!;
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['hello'], 'hello.html', { type: 'text/html' }));
    return ['dragenter', 'dragover', 'drop'].map((type) => {
      const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true, composed: true });
      video.dispatchEvent(event);
      return event.defaultPrevented;
    });
  });
  assert.deepEqual(prevented, [true, true, true]);
});

function near(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) <= 2;
}

test('composed, inserted and pasted text arrives as text, once each', async () => {
  const viewer = await onlyPlayer();
  const { page } = viewer;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const before = (await stack.host.input()).length;
  await page.keyboard.insertText('Grüße ');
  const method = await page.context().newCDPSession(page);
  await method.send('Input.imeSetComposition', { text: 'せか', selectionStart: 2, selectionEnd: 2 });
  await method.send('Input.imeSetComposition', { text: '世界', selectionStart: 2, selectionEnd: 2 });
  await method.send('Input.insertText', { text: '世界' });
  await page.evaluate(() => navigator.clipboard.writeText(' from afar'));
  await page.keyboard.press('Control+Shift+V');
  await page.getByRole('button', { name: 'Type clipboard text' }).click();
  const expected = 'Grüße 世界 from afar from afar';
  await stack.host.until('the text', ({ text }) => text.endsWith(expected));
  const texts = (await stack.host.input()).slice(before).flatMap(({ text }) => text ?? []);
  assert.equal(texts.join(''), expected);
});

test('characters that test tools and on-screen keyboards type as keys without Shift arrive as typed', async () => {
  const viewer = await onlyPlayer();
  const { page } = viewer;
  const keys = await page.context().newCDPSession(page);
  /** A key event that says what it types, but not which key it is. */
  const key = async (name: string, text = '') => {
    await keys.send('Input.dispatchKeyEvent', {
      type: text === '' ? 'rawKeyDown' : 'keyDown',
      key: name,
      code: '',
      text,
    });
    await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', key: name, code: '' });
  };
  await page.keyboard.press('Enter');
  await page.keyboard.type('Az 1!?_{"~');
  await key('Q', 'Q');
  await key('§', '§');
  await page.evaluate(() => {
    // As an on-screen keyboard drawn in the page does it.
    const target = document.querySelector('moonshare-viewer')!.shadowRoot!.activeElement!;
    for (const type of ['keydown', 'keyup'])
      target.dispatchEvent(new KeyboardEvent(type, { key: '€', bubbles: true, cancelable: true }));
  });
  await page.keyboard.down('Shift');
  await page.keyboard.press('b');
  await page.keyboard.up('Shift');
  await page.keyboard.press('x');
  await key('Backspace');
  await page.keyboard.press('.');
  const wanted = '\nAz 1!?_{"~Q§€B.';
  await stack.host.until(`${wanted} typed`, ({ typed }) => typed.endsWith(wanted));
  await held();
});

test('touches arrive at the host, finger by finger', async () => {
  const viewer = await onlyPlayer();
  const { x, y, width, height } = (await viewer.page.locator('moonshare-viewer').boundingBox())!;
  const touch = await viewer.page.context().newCDPSession(viewer.page);
  const before = (await stack.host.input()).length;
  const point = { x: x + width / 2, y: y + height / 2 };
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ ...point, id: 1 }] });
  await touch.send('Input.dispatchTouchEvent', {
    type: 'touchMove',
    touchPoints: [{ ...point, y: point.y + 40, id: 1 }],
  });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  const input = await stack.host.untilInput('down, move and up', (events) =>
    events.slice(before).some(({ kind, event }) => kind === 'touch' && event === 'up'),
  );
  const events = input.slice(before).filter(({ kind }) => kind === 'touch');
  assert.deepEqual(
    events.map(({ event }) => event),
    ['down', 'move', 'up'],
  );
});

test("two people's gamepads get different slots, and leave with them", async () => {
  const [first, second] = [await player({ gamepad: true }), await player({ gamepad: true })];
  await stack.host.until('two gamepads', ({ gamepads }) => gamepads.length === 2);
  await first.pressGamepad(0, true);
  await second.pressGamepad(1, true);
  const { gamepads } = await stack.host.until('A on one and B on the other', (state) =>
    state.gamepads.every(({ pressed }) => pressed.length === 1),
  );
  assert.deepEqual(gamepads.flatMap(({ pressed }) => pressed).sort(), ['a', 'b']);
  await second.crash();
  await stack.host.until('one gamepad', (state) => state.gamepads.length === 1);
  await first.pressGamepad(0, false);
  await stack.host.until('A released', (state) => state.gamepads[0]?.pressed.length === 0);
  await first.close();
});

test('gamepad buttons held while the page connects work from the start', async () => {
  const people = await Promise.all(
    [0, 1, 2].map(async (held) => ViewerPage.open(browser, await stack.link('input'), { gamepad: { held } })),
  );
  const { gamepads } = await stack.host.until('three gamepads with a button down', (state) => {
    return state.gamepads.length === 3 && state.gamepads.every(({ pressed }) => pressed.length === 1);
  });
  assert.deepEqual(gamepads.flatMap(({ pressed }) => pressed).sort(), ['a', 'b', 'x']);
  await Promise.all(people.map((person) => person.close()));
});
