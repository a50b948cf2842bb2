import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildWeb } from './harness/build-web.ts';
import { launchChromium } from './harness/chromium.ts';
import { Stack } from './harness/stack.ts';
import { ViewerPage } from './harness/viewer-page.ts';

// Keyboards as people have them: the events that real systems send, in a real page, and what the host gets of them.

let browser: Browser;
let stack: Stack;
/** The page of the last person, which the next one on the same system uses on. */
let last: { system: keyof typeof AS; viewer: ViewerPage } | null = null;

before(async () => {
  await buildWeb();
  [browser, stack] = await Promise.all([launchChromium(), Stack.start()]);
  await stack.api.createStreamer('keyboards');
});
after(async () => {
  await leave();
  await browser?.close();
  await stack?.close();
});

const AS = {
  windows: () =>
    Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0' }),
  mac: () =>
    Object.defineProperty(navigator, 'userAgent', { value: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari' }),
};

type Press = readonly ['keydown' | 'keyup', code: string, key: string, more?: KeyboardEventInit];

/** A page on such a system, which has not taken control. */
async function pageOf(system: keyof typeof AS, isNew: boolean): Promise<ViewerPage> {
  if (last?.system === system && !isNew) {
    await last.viewer.page.getByRole('heading', { level: 1 }).click();
    await last.viewer.says(/Click the picture to control the remote computer/);
    return last.viewer;
  }
  await leave();
  const viewer = await ViewerPage.open(browser, await stack.link('keyboards'), { before: AS[system] });
  last = { system, viewer };
  await viewer.frames(1);
  return viewer;
}

async function leave(): Promise<void> {
  const viewer = last?.viewer;
  last = null;
  await viewer?.close();
}

/** A person on such a system, whose keyboard sends these events. `isNew`: nobody else uses their page. */
async function typist(
  system: keyof typeof AS,
  run: (viewer: ViewerPage) => Promise<void>,
  { locks = {}, isNew = false }: { locks?: KeyboardEventInit; isNew?: boolean } = {},
): Promise<string[]> {
  const viewer = await pageOf(system, isNew);
  await viewer.takeControl();
  await stack.host.until('the click', ({ heldButtonNames }) => heldButtonNames.length === 0);
  const from = (await stack.host.input()).length;
  await run(viewer);
  // Everything that comes late is there before this key.
  await press(viewer, [
    ['keydown', 'F9', 'F9', locks],
    ['keyup', 'F9', 'F9', locks],
  ]);
  const isEnd = ({ kind, key }: { kind: string; key?: string }) => kind === 'keyUp' && key === 'F9';
  const input = (await stack.host.untilInput('F9', (events) => events.slice(from).some(isEnd))).slice(from);
  if (isNew) await leave();
  return input
    .filter(({ kind, key }) => (kind.startsWith('key') || kind === 'text') && key !== 'F9')
    .map(({ kind, key, text }) => (kind === 'text' ? `"${text}"` : `${kind === 'keyDown' ? '+' : '-'}${key}`));
}

async function press(viewer: ViewerPage, presses: Press[]): Promise<void> {
  await viewer.page.evaluate((all) => {
    const field = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('textarea')!;
    for (const [type, code, key, more] of all) {
      const common = { bubbles: true, cancelable: true, composed: true };
      field.dispatchEvent(new KeyboardEvent(type, { code, key, ...common, ...(more as KeyboardEventInit) }));
    }
  }, presses);
}

async function paste(viewer: ViewerPage, text: string): Promise<void> {
  await viewer.page.evaluate((content) => {
    const field = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('textarea')!;
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', content);
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

test('AltGr on Windows is the right Alt key alone, without the Control that Windows adds', async () => {
  const graph = { modifierAltGraph: true };
  const keys = await typist('windows', (viewer) =>
    press(viewer, [
      ['keydown', 'ControlLeft', 'Control', { ctrlKey: true }],
      ['keydown', 'AltRight', 'AltGraph', graph],
      ['keydown', 'KeyQ', '@', graph],
      ['keyup', 'KeyQ', '@', graph],
      ['keyup', 'ControlLeft', 'Control', graph],
      ['keyup', 'AltRight', 'AltGraph'],
    ]),
  );
  assert.deepEqual(keys, ['+Right Alt', '+Q', '-Q', '-Right Alt']);
});

test('Caps Lock on a Mac is a full press each time, though macOS sends only a down, then only an up', async () => {
  const keys = await typist('mac', async (viewer) => {
    await press(viewer, [['keydown', 'CapsLock', 'CapsLock']]);
    await stack.host.until('Caps Lock up', ({ heldKeyNames }) => heldKeyNames.length === 0);
    await press(viewer, [['keyup', 'CapsLock', 'CapsLock']]);
  });
  assert.deepEqual(keys, ['+Caps Lock', '-Caps Lock', '+Caps Lock', '-Caps Lock']);
});

test('with Command held on a Mac a key is released at once, and each further keydown is a press', async () => {
  const meta = { metaKey: true };
  const keys = await typist('mac', (viewer) =>
    press(viewer, [
      ['keydown', 'MetaLeft', 'Meta', meta],
      ['keydown', 'KeyV', 'v', meta],
      ['keydown', 'KeyV', 'v', meta],
      ['keyup', 'MetaLeft', 'Meta'],
    ]),
  );
  assert.deepEqual(keys, ['+Meta', '+V', '-V', '+V', '-V', '-Meta']);
});

test('a Shift whose key-up never came is released by the first event that shows it up', async () => {
  const shift = { shiftKey: true };
  const keys = await typist('windows', (viewer) =>
    press(viewer, [
      ['keydown', 'ShiftLeft', 'Shift', shift],
      ['keydown', 'ShiftRight', 'Shift', shift],
      ['keyup', 'ShiftRight', 'Shift'],
      ['keydown', 'KeyA', 'a'],
      ['keyup', 'KeyA', 'a'],
    ]),
  );
  assert.deepEqual(keys.slice(-2), ['+A', '-A']);
  assert.deepEqual(keys.slice(0, 4).toSorted(), ['+Right Shift', '+Shift', '-Right Shift', '-Shift']);
});

test('Print Screen on Windows, which sends only a key-up, is a full press', async () => {
  const keys = await typist('windows', (viewer) => press(viewer, [['keyup', 'PrintScreen', 'PrintScreen']]));
  assert.deepEqual(keys, ['+Print', '-Print']);
});

test('each line break of a paste is an Enter, and no control character is typed', async () => {
  const keys = await typist('windows', (viewer) => paste(viewer, 'a\r\nb\u0000\u001b\u007fc\nd'));
  assert.deepEqual(keys, ['"a"', '+Enter', '-Enter', '"b"', '"c"', '+Enter', '-Enter', '"d"']);
});

test('a paste of 16,000 characters is typed to the end', async () => {
  const text = Array.from({ length: 1600 }, (_, index) => `${String(index).padStart(9, '.')}|`).join('');
  const keys = await typist('windows', async (viewer) => {
    await paste(viewer, text);
    await stack.host.until('the end of the paste', ({ text: typed }) => typed.endsWith('.....1599|'));
  });
  assert.equal(keys.map((key) => key.slice(1, -1)).join(''), text);
});

// In a page of its own: what may be typed at once is used up by the paste before.
test('a paste that is too long is refused at once; a long one shows its progress and can be stopped', async () => {
  const typed = await typist(
    'windows',
    async (viewer) => {
      await paste(viewer, 'x'.repeat(16_385));
      await viewer.says(/^Too long to type: 16,385 characters. The limit is 16,384. Nothing was typed.$/);
      await paste(viewer, 'y'.repeat(16_384));
      await viewer.says(/^Typing: [\d,]+ of 16,384 characters$/);
      await viewer.page.getByRole('button', { name: 'Stop' }).click();
      await viewer.says(/^Stopped. [\d,]+ of 16,384 characters were typed.$/);
      // Clicking in the panel leaves the keyboard with the host.
      await viewer.says(/Keyboard and mouse control the remote computer/);
      await viewer.page.getByRole('button', { name: 'OK' }).click();
      assert.equal(
        await viewer.page
          .getByText(/characters were typed/)
          .first()
          .isVisible(),
        false,
      );
    },
    { isNew: true },
  );
  assert.ok(typed.length < 16_384 && typed.length >= 2000, String(typed.length));
  assert.deepEqual(new Set(typed), new Set(['"y"']));
});

test('Shift held during the click that takes the keyboard is held at the host until the button is released', async () => {
  const keys = await typist('windows', async (viewer) => {
    await viewer.page.getByRole('heading', { level: 1 }).click();
    await viewer.says(/Click the picture to control the remote computer/);
    await viewer.page.evaluate(() => {
      const video = document.querySelector('moonshare-viewer')!.shadowRoot!.querySelector('video')!;
      const { x, y, width, height } = video.getBoundingClientRect();
      const common = { bubbles: true, cancelable: true, composed: true, pointerId: 1, pointerType: 'mouse' };
      const at = { clientX: x + width / 2, clientY: y + height / 2, shiftKey: true };
      // A pointer without hardware cannot be captured.
      video.setPointerCapture = () => undefined;
      video.dispatchEvent(new PointerEvent('pointerdown', { ...common, ...at, buttons: 1 }));
      video.dispatchEvent(new PointerEvent('pointerup', { ...common, ...at, buttons: 0 }));
    });
    await stack.host.untilInput('Shift up', (input) => {
      return input.at(-1)?.kind !== 'keyDown' && input.some(({ kind, key }) => kind === 'keyUp' && key === 'Shift');
    });
  });
  assert.deepEqual(keys, ['+Shift', '-Shift']);
});

test('Command acts as Control for those who choose it, also after a reload; only Macs offer the choice', async () => {
  const choice = (viewer: ViewerPage) => viewer.page.getByLabel(/Command acts as Control/);
  const keys = await typist(
    'mac',
    async (viewer) => {
      await viewer.page.getByRole('button', { name: 'Help' }).click();
      await choice(viewer).check();
      await viewer.page.getByRole('button', { name: 'Close' }).click();
      await viewer.reload();
      await viewer.frames(1);
      await viewer.takeControl();
      await press(viewer, [
        ['keydown', 'MetaLeft', 'Meta', { metaKey: true }],
        ['keydown', 'KeyC', 'c', { metaKey: true }],
        ['keyup', 'MetaLeft', 'Meta'],
      ]);
      assert.ok(await choice(viewer).isChecked());
    },
    { isNew: true },
  );
  assert.deepEqual(keys, ['+Ctrl', '+C', '-C', '-Ctrl']);
  const others = await typist('windows', async (viewer) => assert.equal(await choice(viewer).count(), 0));
  assert.deepEqual(others, []);
});

test('Caps Lock at the host follows the keyboard of whoever takes control', async () => {
  const capitals = { modifierCapsLock: true };
  const on = await typist(
    'windows',
    async (viewer) => {
      await press(viewer, [
        ['keydown', 'KeyA', 'A', capitals],
        ['keyup', 'KeyA', 'A', capitals],
      ]);
      await stack.host.untilInput('Caps Lock', (input) => {
        return input.filter(({ kind, key }) => kind === 'keyUp' && key === 'Caps Lock').length % 2 === 1;
      });
    },
    { locks: capitals, isNew: true },
  );
  // The key may overtake the lock: they use different channels.
  assert.deepEqual(on.toSorted(), ['+A', '+Caps Lock', '-A', '-Caps Lock']);
  const off = await typist(
    'windows',
    async () => {
      await stack.host.untilInput('Caps Lock twice', (input) => {
        return input.filter(({ kind, key }) => kind === 'keyUp' && key === 'Caps Lock').length % 2 === 0;
      });
    },
    { isNew: true },
  );
  assert.ok(off.every((key) => key.endsWith('Caps Lock')));
});
