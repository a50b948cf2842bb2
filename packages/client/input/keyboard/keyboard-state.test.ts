import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TestKeyboard } from './testing/test-keyboard.ts';

test('a key goes down once, however often the keyboard repeats it, and up once', () => {
  const keyboard = new TestKeyboard('linux');
  const left = keyboard.keys('+KeyA a .', '+KeyA a . repeat', '+KeyA a .', '-KeyA a .', '-KeyA a .');
  assert.ok(left.every((mayGoOn) => !mayGoOn));
  assert.equal(keyboard.host, '+A -A');
});

test('losing the focus releases all keys, and later keys are not sent', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ShiftLeft Shift s', '+KeyW W s', '+ControlLeft Control cs');
  keyboard.handle({ type: 'left' });
  assert.equal(keyboard.host, '+Shift +W/1 -Shift -W');
  assert.equal(keyboard.state.wakeAt, null);
  const left = keyboard.keys('+KeyA a .', '+ControlLeft Control c', '-PrintScreen PrintScreen .', '-ShiftLeft Shift .');
  assert.ok(left.every(Boolean));
  keyboard.pointer('s', 'mouse', true);
  keyboard.input('insertText', 'x');
  keyboard.wait(100);
  assert.equal(keyboard.host, '');
  // Back again: key-ups from before mean nothing.
  keyboard.handle({ type: 'taken' });
  keyboard.keys('-KeyW w .', '-KeyA a .', '+KeyD d . repeat', '+KeyB b .');
  assert.equal(keyboard.host, '+B');
});

test('known keys are kept from the browser, unknown ones are left to it', () => {
  const keyboard = new TestKeyboard('linux');
  const [fn, media, compose, esc] = keyboard.keys('+Fn Fn .', '+Eject Eject .', '+. Compose .', '+Escape Escape .');
  assert.deepEqual([fn, media, compose, esc], [true, true, true, false]);
  assert.equal(keyboard.host, '+\u001b');
});

test('two keys that are one key on the host go up with the last of them', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+Enter Enter .', '+NumpadEnter Enter .', '-Enter Enter .', '-NumpadEnter Enter .');
  assert.equal(keyboard.host, '+Enter -Enter');
});

test('the release shortcut releases all keys and returns the keyboard', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+ControlLeft Control c', '+AltLeft Alt ca', '+ShiftLeft Shift cas', '+KeyA A cas');
  const [mayGoOn] = keyboard.keys('+KeyZ Z cas');
  assert.equal(keyboard.host, '+Ctrl +Alt +Shift +A/7 -Ctrl -Alt -Shift -A');
  assert.deepEqual([mayGoOn, keyboard.releases, keyboard.state.isTaken], [false, 1, false]);
});

test('Z with only two of Control, Alt and Shift goes to the host', () => {
  for (const flags of ['ca', 'cs', 'as']) {
    const keyboard = new TestKeyboard('linux');
    keyboard.keys(`+KeyZ z ${flags}`);
    assert.equal(keyboard.releases, 0, flags);
  }
});

test('Enter on an on-screen keyboard is a separate press while Enter is held', () => {
  const keyboard = new TestKeyboard('android');
  keyboard.keys('+Enter Enter .');
  keyboard.input('insertLineBreak');
  keyboard.keys('-Enter Enter .');
  assert.equal(keyboard.host, '+Enter -Enter +Enter -Enter');
});

test('the release shortcut works where Control and Alt make AltGr, by code, letter or number', () => {
  for (const z of [
    '+KeyZ Ż sg',
    '+KeyZ Dead sg',
    '+KeyY Z sg',
    '+KeyY Unidentified sg 90',
    '+KeyZ Z sg 229',
    '+. z sg',
  ]) {
    const keyboard = new TestKeyboard('windows');
    keyboard.keys('+ControlLeft Control c', '+AltLeft Alt g @50', '+ShiftLeft Shift sg', z);
    assert.equal(keyboard.releases, 1, z);
  }
  // The right Alt with a Control that is really pressed works too.
  const right = new TestKeyboard('windows');
  right.keys('+ControlRight Control c', '+AltRight AltGraph gc', '+ShiftLeft Shift sgc', '+KeyZ Ż sgc');
  assert.equal(right.releases, 1);
  // Pressed before the page had the focus.
  const said = new TestKeyboard('linux');
  said.keys('+KeyZ Z cas');
  assert.equal(said.releases, 1);
  // Firefox reports a Mac's Option as AltGr too.
  const mac = new TestKeyboard('mac');
  mac.keys('+KeyZ Ω casg');
  assert.equal(mac.releases, 1);
});

test('AltGr and Shift with Z is a letter, as in Polish', () => {
  for (const flags of ['sg', 'casg']) {
    const keyboard = new TestKeyboard('windows');
    keyboard.keys(
      '+ControlLeft Control c',
      `+AltRight AltGraph ${flags.replace('s', '')} @0`,
      `+ShiftLeft Shift ${flags}`,
    );
    keyboard.keys(`+KeyZ Ż ${flags}`);
    assert.deepEqual([keyboard.releases, keyboard.host], [0, '+RAlt +Shift +Z/5']);
  }
});

test('Ctrl+Shift+V and Command+Shift+V are the browser’s paste, with the modifiers released before the text', () => {
  const windows = new TestKeyboard('windows');
  windows.keys('+ControlLeft Control c', '+ShiftLeft Shift cs');
  assert.deepEqual(windows.keys('+KeyV V cs'), [true]);
  assert.equal(windows.host, '+Ctrl +Shift -Ctrl -Shift');
  windows.keys('-KeyV V cs', '-ShiftLeft Shift c', '-ControlLeft Control .');
  assert.equal(windows.host, '');
  const mac = new TestKeyboard('mac');
  mac.keys('+MetaLeft Meta m', '+ShiftLeft Shift ms');
  assert.deepEqual(mac.keys('+KeyV v ms'), [true]);
  // Dvorak has V elsewhere.
  const dvorak = new TestKeyboard('linux');
  assert.deepEqual(dvorak.keys('+Period V cs', '+KeyV K cs'), [true, false]);
  assert.deepEqual(dvorak.keys('+KeyV v c'), [false]);
});

test('lock states are sent when the keyboard is taken, and after they changed elsewhere', () => {
  const keyboard = new TestKeyboard('windows', { matchLocks: true });
  keyboard.pointer('C');
  assert.equal(keyboard.host, '[caps on, num off, scroll off]');
  keyboard.pointer('C');
  keyboard.keys('+KeyA A C', '-KeyA A C');
  assert.equal(keyboard.host, '+A -A');
  keyboard.keys('+KeyA a N');
  assert.equal(keyboard.host, '[caps off, num on] +A');
  keyboard.handle({ type: 'left' });
  keyboard.handle({ type: 'taken' });
  keyboard.pointer('N');
  assert.equal(keyboard.host, '-A [caps off, num on, scroll off]');
  // The person clicks once more, with the keyboard already taken.
  keyboard.handle({ type: 'taken' });
  keyboard.pointer('N');
  assert.equal(keyboard.host, '');
  keyboard.handle({ type: 'connected' });
  keyboard.pointer('N');
  assert.equal(keyboard.host, '[caps off, num on, scroll off]');
});

test('a pressed lock key is sent, and its state is not sent again', () => {
  const keyboard = new TestKeyboard('windows', { matchLocks: true });
  keyboard.pointer('');
  assert.equal(keyboard.host, '[caps off, num off, scroll off]');
  // On the key itself, some systems report the state before it, others the state after it.
  keyboard.keys(
    '+CapsLock CapsLock .',
    '-CapsLock CapsLock C',
    '+KeyA A C',
    '-KeyA A C',
    '+NumLock NumLock CN',
    '-NumLock NumLock CN',
  );
  keyboard.pointer('CN');
  assert.equal(keyboard.host, '+Caps -Caps +A -A +Num -Num');
  // Automation tools press the key without turning the light on.
  keyboard.keys('+CapsLock CapsLock N', '-CapsLock CapsLock N', '+KeyA a CN', '-KeyA a CN');
  assert.equal(keyboard.host, '+Caps -Caps +A -A');
});

test('only lock states that the system reports reliably are sent, none from touches, and none if turned off', () => {
  const mac = new TestKeyboard('mac', { matchLocks: true });
  mac.pointer('N');
  assert.equal(mac.host, '[caps off]');
  const linux = new TestKeyboard('linux', { matchLocks: true });
  linux.pointer('NS');
  assert.equal(linux.host, '[caps off, num on]');
  const phone = new TestKeyboard('android', { matchLocks: true });
  phone.pointer('', 'touch');
  phone.keys('+. Unidentified . 229');
  assert.equal(phone.host, '');
  const off = new TestKeyboard('windows', { matchLocks: false });
  off.pointer('C');
  assert.equal(off.host, '');
});

test('a pinch reports Control on the wheel, which does not change whether Control counts as held', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.pointer('c', 'wheel');
  assert.ok(!keyboard.state.holdsControl);
  keyboard.keys('+ControlLeft Control c');
  assert.ok(keyboard.state.holdsControl);
  keyboard.wait(50);
  keyboard.pointer('c', 'wheel');
  assert.ok(keyboard.state.holdsControl);
  assert.equal(keyboard.host, '+Ctrl');
  keyboard.pointer('', 'wheel');
  assert.equal(keyboard.host, '-Ctrl');
  // Pressed elsewhere, and reported by the mouse.
  keyboard.pointer('c');
  assert.ok(keyboard.state.holdsControl);
  keyboard.handle({ type: 'left' });
  assert.ok(!keyboard.state.holdsControl);
});

test('after any sequence of events the host holds nothing once the focus is lost', () => {
  const codes = [
    'KeyA',
    'ShiftLeft',
    'ShiftRight',
    'ControlLeft',
    'AltRight',
    'AltLeft',
    'MetaLeft',
    'CapsLock',
    'PrintScreen',
    '.',
  ];
  const keys: Record<string, string> = {
    ShiftLeft: 'Shift',
    ShiftRight: 'Shift',
    ControlLeft: 'Control',
    AltRight: 'AltGraph',
    AltLeft: 'Alt',
    MetaLeft: 'Meta',
  };
  const event = fc.record({
    sign: fc.constantFrom('+', '-'),
    code: fc.constantFrom(...codes),
    flags: fc.subarray(['s', 'c', 'a', 'g', 'm', 'C']).map((all) => all.join('') || '.'),
    more: fc.constantFrom('', ' repeat', ' 229', ' @60'),
    pointer: fc.boolean(),
  });
  const platform = fc.constantFrom('windows', 'mac', 'linux', 'android', 'ios');
  fc.assert(
    fc.property(platform, fc.array(event, { maxLength: 40 }), fc.boolean(), (system, events, commandIsControl) => {
      const keyboard = new TestKeyboard(system as 'windows', { commandIsControl, matchLocks: true });
      const held = new Set<string>();
      const look = () => {
        for (const word of keyboard.host.split(' ')) {
          const [, sign, name] = /^([+-])([^/]+)/.exec(word) ?? [];
          if (sign === '+') {
            assert.ok(!held.has(name!), `${name} goes down twice`);
            held.add(name!);
          } else if (sign === '-') assert.ok(held.delete(name!), `${name} goes up twice`);
        }
      };
      for (const { sign, code, flags, more, pointer } of events) {
        keyboard.keys(`${sign}${code} ${keys[code] ?? (code === '.' ? 'q' : 'a')} ${flags}${more}`);
        if (pointer) keyboard.pointer(flags === '.' ? '' : flags, 'mouse', sign === '+');
        look();
      }
      keyboard.handle({ type: 'left' });
      look();
      assert.deepEqual([...held], []);
    }),
  );
});

test('Control reported by the mouse is believed until a key says otherwise', () => {
  for (const event of ['+KeyA a .', '-KeyA a .']) {
    const keyboard = new TestKeyboard('windows');
    keyboard.pointer('c');
    assert.ok(keyboard.state.holdsControl);
    keyboard.keys(event);
    assert.ok(!keyboard.state.holdsControl, event);
  }
});
