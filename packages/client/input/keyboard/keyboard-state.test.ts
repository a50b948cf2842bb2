import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Board } from './testing/board.ts';

test('a press goes down once, whatever the keyboard repeats, and up once', () => {
  const board = new Board('linux');
  const left = board.keys('+KeyA a .', '+KeyA a . repeat', '+KeyA a .', '-KeyA a .', '-KeyA a .');
  assert.ok(left.every((mayGoOn) => !mayGoOn));
  assert.equal(board.host, '+A -A');
});

test('nothing is held without the focus: what is held goes up, what comes after is nobody’s', () => {
  const board = new Board('windows');
  board.keys('+ShiftLeft Shift s', '+KeyW W s', '+ControlLeft Control cs');
  board.tell({ type: 'left' });
  assert.equal(board.host, '+Shift +W/1 -Shift -W');
  assert.equal(board.state.wakeAt, null);
  const left = board.keys('+KeyA a .', '+ControlLeft Control c', '-PrintScreen PrintScreen .', '-ShiftLeft Shift .');
  assert.ok(left.every(Boolean));
  board.pointer('s', 'mouse', true);
  board.input('insertText', 'x');
  board.wait(100);
  assert.equal(board.host, '');
  // Back again: the key-ups of before are nothing.
  board.tell({ type: 'taken' });
  board.keys('-KeyW w .', '-KeyA a .', '+KeyD d . repeat', '+KeyB b .');
  assert.equal(board.host, '+B');
});

test('keys that the browser may have: none that is known, and all that are not', () => {
  const board = new Board('linux');
  const [fn, media, compose, esc] = board.keys('+Fn Fn .', '+Eject Eject .', '+. Compose .', '+Escape Escape .');
  assert.deepEqual([fn, media, compose, esc], [true, true, true, false]);
  assert.equal(board.host, '+\u001b');
});

test('two keys that are one at the host go up with the last', () => {
  const board = new Board('linux');
  board.keys('+Enter Enter .', '+NumpadEnter Enter .', '-Enter Enter .', '-NumpadEnter Enter .');
  assert.equal(board.host, '+Enter -Enter');
});

test('the way out lets go of everything and gives the keyboard back', () => {
  const board = new Board('linux');
  board.keys('+ControlLeft Control c', '+AltLeft Alt ca', '+ShiftLeft Shift cas', '+KeyA A cas');
  const [mayGoOn] = board.keys('+KeyZ Z cas');
  assert.equal(board.host, '+Ctrl +Alt +Shift +A/7 -Ctrl -Alt -Shift -A');
  assert.deepEqual([mayGoOn, board.wayOuts, board.state.isTaken], [false, 1, false]);
});

test('Control and Alt with Z, or any two of the three, are the host’s', () => {
  for (const flags of ['ca', 'cs', 'as']) {
    const board = new Board('linux');
    board.keys(`+KeyZ z ${flags}`);
    assert.equal(board.wayOuts, 0, flags);
  }
});

test('Enter of an on-screen keyboard is a press of its own while Enter is held', () => {
  const board = new Board('android');
  board.keys('+Enter Enter .');
  board.input('insertLineBreak');
  board.keys('-Enter Enter .');
  assert.equal(board.host, '+Enter -Enter +Enter -Enter');
});

test('the way out works where Control and Alt make AltGr, by place, letter or number', () => {
  for (const z of [
    '+KeyZ Ż sg',
    '+KeyZ Dead sg',
    '+KeyY Z sg',
    '+KeyY Unidentified sg 90',
    '+KeyZ Z sg 229',
    '+. z sg',
  ]) {
    const board = new Board('windows');
    board.keys('+ControlLeft Control c', '+AltLeft Alt g @50', '+ShiftLeft Shift sg', z);
    assert.equal(board.wayOuts, 1, z);
  }
  // The right Alt with a Control that is pressed does as well.
  const right = new Board('windows');
  right.keys('+ControlRight Control c', '+AltRight AltGraph gc', '+ShiftLeft Shift sgc', '+KeyZ Ż sgc');
  assert.equal(right.wayOuts, 1);
  // Pressed before the page had the focus.
  const said = new Board('linux');
  said.keys('+KeyZ Z cas');
  assert.equal(said.wayOuts, 1);
  // Option of a Mac is AltGr too, for Firefox.
  const mac = new Board('mac');
  mac.keys('+KeyZ Ω casg');
  assert.equal(mac.wayOuts, 1);
});

test('AltGr and Shift with Z is a letter, as in Polish', () => {
  for (const flags of ['sg', 'casg']) {
    const board = new Board('windows');
    board.keys(
      '+ControlLeft Control c',
      `+AltRight AltGraph ${flags.replace('s', '')} @0`,
      `+ShiftLeft Shift ${flags}`,
    );
    board.keys(`+KeyZ Ż ${flags}`);
    assert.deepEqual([board.wayOuts, board.host], [0, '+RAlt +Shift +Z/5']);
  }
});

test('Ctrl+Shift+V and Command+Shift+V are the browser’s paste, with the modifiers let go before the text', () => {
  const windows = new Board('windows');
  windows.keys('+ControlLeft Control c', '+ShiftLeft Shift cs');
  assert.deepEqual(windows.keys('+KeyV V cs'), [true]);
  assert.equal(windows.host, '+Ctrl +Shift -Ctrl -Shift');
  windows.keys('-KeyV V cs', '-ShiftLeft Shift c', '-ControlLeft Control .');
  assert.equal(windows.host, '');
  const mac = new Board('mac');
  mac.keys('+MetaLeft Meta m', '+ShiftLeft Shift ms');
  assert.deepEqual(mac.keys('+KeyV v ms'), [true]);
  // Dvorak has V elsewhere.
  const dvorak = new Board('linux');
  assert.deepEqual(dvorak.keys('+Period V cs', '+KeyV K cs'), [true, false]);
  assert.deepEqual(dvorak.keys('+KeyV v c'), [false]);
});

test('the locks are told when the keyboard is taken, and when they changed where nobody saw it', () => {
  const board = new Board('windows', { matchLocks: true });
  board.pointer('C');
  assert.equal(board.host, '[caps on, num off, scroll off]');
  board.pointer('C');
  board.keys('+KeyA A C', '-KeyA A C');
  assert.equal(board.host, '+A -A');
  board.keys('+KeyA a N');
  assert.equal(board.host, '[caps off, num on] +A');
  board.tell({ type: 'left' });
  board.tell({ type: 'taken' });
  board.pointer('N');
  assert.equal(board.host, '-A [caps off, num on, scroll off]');
  // The person clicks once more, with the keyboard taken.
  board.tell({ type: 'taken' });
  board.pointer('N');
  assert.equal(board.host, '');
  board.tell({ type: 'connected' });
  board.pointer('N');
  assert.equal(board.host, '[caps off, num on, scroll off]');
});

test('a lock key goes to the host as it is pressed, and is not told again', () => {
  const board = new Board('windows', { matchLocks: true });
  board.pointer('');
  assert.equal(board.host, '[caps off, num off, scroll off]');
  // Some systems say on the key itself what was before, others what is after.
  board.keys(
    '+CapsLock CapsLock .',
    '-CapsLock CapsLock C',
    '+KeyA A C',
    '-KeyA A C',
    '+NumLock NumLock CN',
    '-NumLock NumLock CN',
  );
  board.pointer('CN');
  assert.equal(board.host, '+Caps -Caps +A -A +Num -Num');
  // What types for a robot presses the key without turning a light on.
  board.keys('+CapsLock CapsLock N', '-CapsLock CapsLock N', '+KeyA a CN', '-KeyA a CN');
  assert.equal(board.host, '+Caps -Caps +A -A');
});

test('only what a system can be believed is told, and nothing of fingers or to those who do not want it', () => {
  const mac = new Board('mac', { matchLocks: true });
  mac.pointer('N');
  assert.equal(mac.host, '[caps off]');
  const linux = new Board('linux', { matchLocks: true });
  linux.pointer('NS');
  assert.equal(linux.host, '[caps off, num on]');
  const phone = new Board('android', { matchLocks: true });
  phone.pointer('', 'touch');
  phone.keys('+. Unidentified . 229');
  assert.equal(phone.host, '');
  const off = new Board('windows', { matchLocks: false });
  off.pointer('C');
  assert.equal(off.host, '');
});

test('a pinch says Control on the wheel, which is no reason to think that it is held, or not held', () => {
  const board = new Board('windows');
  board.pointer('c', 'wheel');
  assert.ok(!board.state.holdsControl);
  board.keys('+ControlLeft Control c');
  assert.ok(board.state.holdsControl);
  board.wait(50);
  board.pointer('c', 'wheel');
  assert.ok(board.state.holdsControl);
  assert.equal(board.host, '+Ctrl');
  board.pointer('', 'wheel');
  assert.equal(board.host, '-Ctrl');
  // Pressed elsewhere, and seen on the mouse.
  board.pointer('c');
  assert.ok(board.state.holdsControl);
  board.tell({ type: 'left' });
  assert.ok(!board.state.holdsControl);
});

test('whatever comes in whatever order, the host holds nothing after the focus has gone', () => {
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
      const board = new Board(system as 'windows', { commandIsControl, matchLocks: true });
      const held = new Set<string>();
      const look = () => {
        for (const word of board.host.split(' ')) {
          const [, sign, name] = /^([+-])([^/]+)/.exec(word) ?? [];
          if (sign === '+') {
            assert.ok(!held.has(name!), `${name} goes down twice`);
            held.add(name!);
          } else if (sign === '-') assert.ok(held.delete(name!), `${name} goes up twice`);
        }
      };
      for (const { sign, code, flags, more, pointer } of events) {
        board.keys(`${sign}${code} ${keys[code] ?? (code === '.' ? 'q' : 'a')} ${flags}${more}`);
        if (pointer) board.pointer(flags === '.' ? '' : flags, 'mouse', sign === '+');
        look();
      }
      board.tell({ type: 'left' });
      look();
      assert.deepEqual([...held], []);
    }),
  );
});
