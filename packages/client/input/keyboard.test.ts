import assert from 'node:assert/strict';
import test from 'node:test';
import { captureKeyboard } from './keyboard.ts';

function setUp(apple = false) {
  const target = new EventTarget();
  const sent: string[] = [];
  let left = 0;
  const device = captureKeyboard({
    target,
    send: (event) => {
      if (event.kind === 'text') sent.push(event.text);
      if (event.kind === 'key')
        sent.push(`${event.modifiers === 1 ? 'shift ' : ''}${event.down ? '+' : '-'}${event.virtualKey.toString(16)}`);
    },
    leave: () => {
      left += 1;
    },
    apple,
  });
  const press = (type: 'keydown' | 'keyup', code: string, more: Record<string, unknown> = {}): boolean => {
    const event = Object.assign(new Event(type, { cancelable: true }), {
      code,
      key: code,
      getModifierState: () => false,
      ...more,
    });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { device, sent, press, left: () => left };
}

test('a press goes down once, whatever the keyboard repeats, and up once', () => {
  const { sent, press } = setUp();
  assert.ok(press('keydown', 'KeyA'));
  assert.ok(press('keydown', 'KeyA', { repeat: true }));
  press('keydown', 'KeyA');
  press('keyup', 'KeyA');
  press('keyup', 'KeyA');
  assert.deepEqual(sent, ['+41', '-41']);
});

test('releaseAll lets go of what is held, close as well, and then nothing is heard', () => {
  const { device, sent, press } = setUp();
  press('keydown', 'ShiftLeft');
  press('keydown', 'KeyW');
  device.releaseAll();
  press('keydown', 'KeyS');
  device.close();
  press('keydown', 'KeyD');
  assert.deepEqual(sent, ['+a0', '+57', '-a0', '-57', '+53', '-53']);
});

test('composition and unknown keys are left to the browser', () => {
  const { sent, press } = setUp();
  assert.ok(!press('keydown', 'KeyA', { isComposing: true }));
  assert.ok(!press('keydown', 'KeyA', { keyCode: 229 }));
  assert.ok(!press('keydown', 'Unidentified'));
  assert.deepEqual(sent, []);
});

test('a capital without Shift goes down with it, and up as the key it is', () => {
  const { sent, press } = setUp();
  press('keydown', 'KeyA', { key: 'A' });
  press('keydown', 'KeyA', { key: 'A', repeat: true });
  press('keyup', 'KeyA', { key: 'A' });
  assert.deepEqual(sent, ['shift +41', '-41']);
});

test('a character without a place is text each time it comes, a named key goes down and up', () => {
  const { sent, press } = setUp();
  assert.ok(press('keydown', '', { key: 'ß' }));
  assert.ok(press('keydown', '', { key: 'ß', repeat: true }));
  press('keyup', '', { key: 'ß' });
  press('keydown', '', { key: 'Enter' });
  press('keyup', '', { key: 'Enter' });
  assert.deepEqual(sent, ['ß', 'ß', '+d', '-d']);
});

test('Ctrl+Alt+Shift+Z releases everything and gives the keyboard back', () => {
  const { sent, press, left } = setUp();
  press('keydown', 'ControlLeft');
  press('keydown', 'AltLeft');
  press('keydown', 'KeyZ', { ctrlKey: true, altKey: true, shiftKey: true });
  assert.equal(left(), 1);
  assert.deepEqual(sent, ['+a2', '+a4', '-a2', '-a4']);
});

test('Ctrl+Shift+V is left to the browser, with the modifiers let go before the text', () => {
  const { sent, press } = setUp();
  press('keydown', 'ControlLeft');
  assert.ok(!press('keydown', 'KeyV', { ctrlKey: true, shiftKey: true }));
  assert.deepEqual(sent, ['+a2', '-a2']);
});

test('on Apple keyboards, Command up lets go of the keys whose own up never comes', () => {
  const { sent, press } = setUp(true);
  press('keydown', 'MetaLeft', { key: 'Meta' });
  press('keydown', 'KeyC');
  press('keydown', 'ShiftLeft');
  press('keyup', 'MetaLeft', { key: 'Meta' });
  assert.deepEqual(sent, ['+5b', '+43', '+a0', '-5b', '-43']);
});
