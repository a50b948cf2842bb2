import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board } from './testing/board.ts';

// What systems and browsers give for what people do, as W3C UI Events, MDN and the trackers of browsers and of remote desktops say.

test('Windows: AltGr is the right Alt; the Control that comes with it is nobody’s', () => {
  // Chromium and Firefox from 2018 on, German layout: @.
  const now = new Board('windows');
  now.keys('+ControlLeft Control c', '+AltRight AltGraph g @0', '+KeyQ @ g', '-KeyQ @ g');
  now.keys('-ControlLeft Control g', '-AltRight AltGraph . @0');
  assert.equal(now.host, '+RAlt +Q/4 -Q -RAlt');
  // Before, each event said Control and Alt as well.
  const before = new Board('windows');
  before.keys('+ControlLeft Control c', '+AltRight Alt cag @0', '+KeyQ @ cag', '-KeyQ @ cag');
  before.keys('-ControlLeft Control ag', '-AltRight Alt .');
  assert.equal(before.host, '+RAlt +Q/4 -Q -RAlt');
});

test('AltGr that events call Alt is the right Alt alone', () => {
  const board = new Board('linux');
  board.keys('+AltRight AltGraph a', '+KeyQ @ a', '-KeyQ @ a', '-AltRight AltGraph .');
  assert.equal(board.host, '+RAlt +Q/4 -Q -RAlt');
});

test('Windows: AltGr that repeats brings its Control each time', () => {
  const board = new Board('windows');
  board.keys('+ControlLeft Control c', '+AltRight AltGraph g @0');
  for (let times = 0; times < 3; times += 1)
    board.keys('+ControlLeft Control g repeat @30', '+AltRight AltGraph g repeat @0');
  for (let times = 0; times < 3; times += 1)
    board.keys('+ControlLeft Control g . @30', '+AltRight AltGraph g repeat @0');
  board.wait(100);
  board.keys('-ControlLeft Control g', '-AltRight AltGraph .');
  assert.equal(board.host, '+RAlt -RAlt');
});

test('Windows: a Control that people press before AltGr is theirs', () => {
  const board = new Board('windows');
  board.keys('+ControlLeft Control c', '+AltRight AltGraph g @200', '+KeyE € g', '-KeyE € g');
  board.keys('-AltRight AltGraph c', '-ControlLeft Control .');
  assert.equal(board.host, '+Ctrl +RAlt +E/6 -E -RAlt -Ctrl');
});

test('Windows: Control waits no longer than it must for the rest of AltGr', () => {
  const board = new Board('windows');
  board.keys('+ControlLeft Control c');
  assert.equal(board.host, '');
  assert.ok(board.state.wakeAt !== null);
  board.wait(39);
  assert.equal(board.host, '');
  board.wait(1);
  assert.equal(board.host, '+Ctrl');
  assert.equal(board.state.wakeAt, null);
  board.keys('-ControlLeft Control .', '+ControlLeft Control c', '+KeyC c c', '-KeyC c c', '-ControlLeft Control .');
  assert.equal(board.host, '-Ctrl +Ctrl +C/2 -C -Ctrl');
  board.keys('+ControlLeft Control c', '-ControlLeft Control .');
  assert.equal(board.host, '+Ctrl -Ctrl');
  // A click takes it along.
  board.keys('+ControlLeft Control c');
  board.pointer('c', 'mouse', true);
  assert.equal(board.host, '+Ctrl');
});

test('Windows: a page that was busy when AltGr came lets go of its Control as soon as it knows', () => {
  const board = new Board('windows');
  board.keys('+ControlLeft Control c');
  board.state.advance(1e6);
  board.keys('+AltRight AltGraph g @0');
  assert.equal(board.host, '-Ctrl +RAlt');
});

test('Windows: of two Shifts that are held only one gives a key-up', () => {
  const board = new Board('windows');
  board.keys('+ShiftLeft Shift s', '+ShiftRight Shift s', '-ShiftRight Shift .', '+KeyA a .', '-KeyA a .');
  assert.equal(board.host, '+Shift +RShift -RShift -Shift +A -A');
  board.keys('+ShiftLeft Shift s', '+ShiftRight Shift s', '-ShiftLeft Shift s', '+KeyA A s');
  assert.equal(board.host, '+Shift +RShift -Shift +A/1');
});

test('a modifier whose key-up a screenshot tool has taken goes up with the first event that knows better', () => {
  for (const [press, name] of [
    ['+ShiftLeft Shift s', 'Shift'],
    ['+ControlRight Control c', 'RCtrl'],
    ['+AltLeft Alt a', 'Alt'],
    ['+AltRight AltGraph g', 'RAlt'],
    ['+MetaLeft Meta m', 'Meta'],
  ] as const) {
    for (const platform of ['windows', 'linux'] as const) {
      const board = new Board(platform);
      board.keys(press, '+KeyA a .');
      assert.equal(board.host, `+${name} -${name} +A`);
      board.keys('-KeyA a .', press);
      board.pointer('');
      assert.equal(board.host, `-A +${name} -${name}`);
      board.keys(press, '+Lang1 . . 229');
      assert.equal(board.host, `+${name} -${name}`);
      board.keys(press);
      board.pointer('', 'wheel');
      assert.equal(board.host, `+${name} -${name}`);
    }
  }
});

test('a modifier that no event ever told of is held until its key-up', () => {
  const board = new Board('linux');
  board.keys('+ShiftLeft Shift .', '+KeyA A .', '-KeyA A .', '-ShiftLeft Shift .');
  assert.equal(board.host, '+Shift +A/1 -A -Shift');
  // Firefox before 118 on Windows.
  const older = new Board('windows');
  older.keys('+OSLeft OS .', '+KeyE e .', '-KeyE e .', '-OSLeft OS .');
  assert.equal(older.host, '+Meta +E/8 -E -Meta');
});

test('X11: events of a modifier itself may say what was before it', () => {
  const board = new Board('linux');
  board.keys('+ShiftLeft Shift .', '+KeyA A s', '-KeyA A s', '-ShiftLeft Shift s', '+KeyB b .', '-KeyB b .');
  assert.equal(board.host, '+Shift +A/1 -A -Shift +B -B');
});

test('modifiers that went down elsewhere hold as long as what is pressed with them', () => {
  const board = new Board('windows');
  board.keys('+KeyC c c', '+KeyX x c', '-KeyC c c', '-KeyX x .');
  assert.equal(board.host, '+Ctrl +C/2 +X/2 -C -X -Ctrl');
  board.pointer('s', 'mouse', true);
  board.pointer('s', 'mouse', true);
  board.pointer('s');
  assert.equal(board.host, '+Shift -Shift');
  // A drag with Shift goes on while keys are pressed.
  board.pointer('s', 'mouse', true);
  board.keys('+KeyA A s', '-KeyA A s');
  assert.equal(board.host, '+Shift +A/1 -A');
  board.pointer('s');
  assert.equal(board.host, '-Shift');
  // The key itself comes after all.
  board.keys('+KeyC c c', '+ControlLeft Control c @50');
  board.wait(50);
  board.keys('-KeyC c c', '-ControlLeft Control .');
  assert.equal(board.host, '+Ctrl +C/2 -C -Ctrl');
  // A mouse that passes presses nothing.
  board.pointer('s');
  assert.equal(board.host, '');
});

test('Windows: Print Screen gives a key-up alone', () => {
  const board = new Board('windows');
  board.keys('-PrintScreen PrintScreen . 44', '-PrintScreen PrintScreen . 44');
  assert.equal(board.host, '+Print -Print +Print -Print');
  board.keys('+AltLeft Alt a', '-PrintScreen PrintScreen a 44', '-AltLeft Alt .');
  assert.equal(board.host, '+Alt +Print -Print -Alt');
});

test('Linux and macOS: Print Screen gives both, and its up after the focus came back presses nothing', () => {
  const board = new Board('linux');
  board.keys('+PrintScreen PrintScreen .', '-PrintScreen PrintScreen .');
  assert.equal(board.host, '+Print -Print');
  board.keys('+PrintScreen PrintScreen .');
  board.tell({ type: 'left' });
  board.tell({ type: 'taken' });
  board.keys('-PrintScreen PrintScreen .');
  assert.equal(board.host, '+Print -Print');
});

for (const platform of ['mac', 'ios'] as const) {
  test(`${platform}: no key-up comes while Command is held, so a key goes up at once and each down is a press`, () => {
    const board = new Board(platform);
    board.keys('+MetaLeft Meta m', '+KeyV v m', '+KeyV v m', '+KeyV v m repeat', '-MetaLeft Meta .');
    assert.equal(board.host, '+Meta +V/8 -V +V/8 -V +V/8 -V -Meta');
    // Where one comes nevertheless, it is nothing more.
    board.keys('+MetaRight Meta m', '+KeyC c m', '-KeyC c m', '-MetaRight Meta .');
    assert.equal(board.host, '+RMeta +C/8 -C -RMeta');
    board.keys('+MetaLeft Meta m', '+ShiftLeft Shift ms', '+KeyZ z ms', '-ShiftLeft Shift m', '-MetaLeft Meta .');
    assert.equal(board.host, '+Meta +Shift +Z/9 -Z -Shift -Meta');
  });

  test(`${platform}: keys that were held when Command went down go up, as their own key-up may not come`, () => {
    const board = new Board(platform);
    board.keys('+KeyW w .', '+ShiftLeft Shift s', '+MetaLeft Meta sm', '-MetaLeft Meta s', '-ShiftLeft Shift .');
    assert.equal(board.host, '+W +Shift -W +Meta -Meta -Shift');
  });

  test(`${platform}: Command that was pressed elsewhere counts as well`, () => {
    const board = new Board(platform);
    board.keys('+KeyV v m', '+KeyV v m repeat');
    assert.equal(board.host, '+Meta +V/8 -V -Meta +Meta +V/8 -V -Meta');
    board.keys('-KeyV v m', '+KeyC c .', '+KeyC c m');
    assert.equal(board.host, '+C +Meta -C +C/8 -C -Meta');
  });

  test(`${platform}: Caps Lock gives a down when it goes on and an up when it goes off; Firefox two downs`, () => {
    const board = new Board(platform);
    board.keys('+CapsLock CapsLock C', '+KeyA A C', '-KeyA A C', '-CapsLock CapsLock .', '+KeyA a .', '-KeyA a .');
    assert.equal(board.host, '+Caps -Caps +A -A +Caps -Caps +A -A');
    board.keys('+CapsLock CapsLock C', '+CapsLock CapsLock .');
    assert.equal(board.host, '+Caps -Caps +Caps -Caps');
  });

  test(`${platform}: Eisu and Kana give downs`, () => {
    const board = new Board(platform);
    board.keys('+Lang2 Eisu .', '+Lang1 KanaMode .', '+Lang1 KanaMode .', '-Lang1 KanaMode .');
    assert.equal(board.host, '+\u0019 -\u0019 +Kana -Kana +Kana -Kana');
  });

  test(`${platform}: an accent of Option comes as what it composes`, () => {
    const board = new Board(platform);
    // Chromium and Safari say 229, Firefox does not.
    for (const number of ['229', '0']) {
      const [, left] = board.keys('+AltLeft Alt a', `+KeyE Dead a ${number}`, '-KeyE Dead a', '-AltLeft Alt .');
      assert.ok(left);
      board.tell({ type: 'compositionstart' });
      board.keys('+KeyE é . 229 composing');
      board.tell({ type: 'compositionend', data: 'é' });
      board.keys('-KeyE e .');
      assert.equal(board.host, '+Alt -Alt "é"');
    }
  });
}

test('a Mac’s Option is Alt, whatever it types and though Firefox calls it AltGr too', () => {
  const board = new Board('mac');
  board.keys('+AltLeft Alt ag', '+Digit2 ™ ag', '-Digit2 ™ ag', '-AltLeft Alt .');
  assert.equal(board.host, '+Alt +2/4 -2 -Alt');
  board.keys('+AltLeft Alt ag', '+KeyA a .');
  assert.equal(board.host, '+Alt -Alt +A');
});

test('Command can be Control of the host, beside the Control keys that there are', () => {
  const board = new Board('mac', { commandIsControl: true });
  board.keys('+MetaLeft Meta m', '+KeyC c m', '+ControlLeft Control mc', '-MetaLeft Meta c', '-ControlLeft Control .');
  assert.equal(board.host, '+Ctrl +C/2 -C -Ctrl');
  board.keys('+MetaRight Meta m', '-MetaRight Meta .', '+KeyX x m');
  assert.equal(board.host, '+RCtrl -RCtrl +Ctrl +X/2 -X -Ctrl');
  // The Windows key is no Command.
  const windows = new Board('windows', { commandIsControl: true });
  windows.keys('+MetaLeft Meta m', '-MetaLeft Meta .');
  assert.equal(windows.host, '+Meta -Meta');
});

test('Windows: keys that switch Japanese and Korean input give downs, or ups under another name', () => {
  const board = new Board('windows');
  board.keys(
    '-Backquote Hankaku . 243',
    '+Backquote Zenkaku . 244',
    '-Backquote Zenkaku . 244',
    '+Backquote Hankaku . 243',
  );
  assert.equal(board.host, '+\u00c0 -\u00c0 +\u00c0 -\u00c0');
  board.keys(
    '+CapsLock Alphanumeric . 240',
    '+KanaMode HiraganaKatakana . 242',
    '+Convert Convert .',
    '+NonConvert NonConvert .',
  );
  assert.equal(board.host, '+Caps -Caps +Kana -Kana +Convert -Convert +\u001d -\u001d');
  board.keys('+AltRight HangulMode . 21', '-AltRight HangulMode .', '+Lang2 HanjaMode . 25', '-Lang2 HanjaMode .');
  assert.equal(board.host, '+Kana -Kana +\u0019 -\u0019');
});

test('a mode key that is held presses once; pressed again it is another press, though the browser takes it for a repeat', () => {
  const board = new Board('windows');
  board.keys('+Convert Convert .', '+Convert Convert . repeat @500', '+Convert Convert . repeat @30');
  assert.equal(board.host, '+Convert -Convert');
  board.keys('+Convert Convert . repeat @3000');
  assert.equal(board.host, '+Convert -Convert');
});

test('an input method composes: its keys are nobody’s, its text comes once, at its end', () => {
  // Chromium and Firefox.
  const board = new Board('windows');
  const left = board.keys('+KeyK Process . 229');
  board.tell({ type: 'compositionstart' });
  board.keys('-KeyK k .', '+KeyA Process . 229 composing');
  board.input('insertCompositionText', 'か', true);
  board.keys('-KeyA a .', '+Enter Process . 229 composing');
  board.tell({ type: 'compositionend', data: 'か' });
  board.keys('-Enter Enter .', '+Enter Enter .', '-Enter Enter .');
  assert.deepEqual(left, [true]);
  assert.equal(board.host, '"か" +Enter -Enter');
});

test('Safari composes before it tells of the key, and ends before the Enter that ends it', () => {
  const board = new Board('mac');
  board.tell({ type: 'compositionstart' });
  board.keys('+KeyK k . 229', '-KeyK k .');
  board.input('insertFromComposition', 'か', true);
  board.tell({ type: 'compositionend', data: 'か' });
  board.keys('+Enter Enter . 229', '-Enter Enter .');
  assert.equal(board.host, '"か"');
  // Older ones do not say of their changes that they are of a composition.
  board.tell({ type: 'compositionstart' });
  board.input('insertText', 'k');
  board.input('deleteCompositionText');
  board.input('insertFromComposition', 'か');
  board.tell({ type: 'compositionend', data: 'か' });
  board.input('insertText', '!');
  board.input('deleteContentBackward');
  assert.equal(board.host, '"か" "!" +Back -Back');
});

test('a composition that is given up types nothing', () => {
  const board = new Board('linux');
  board.keys('+KeyK Process . 229');
  board.compose('か', '');
  board.keys('+Escape Process . 229', '-Escape Escape .');
  assert.equal(board.host, '');
});

test('dead keys of Windows and Linux are places, which the host composes; what is composed here as well is not typed again', () => {
  const windows = new Board('windows');
  windows.keys('+Quote Dead .', '-Quote Dead .', '+KeyE é .', '-KeyE é .');
  assert.equal(windows.host, '+\u00de -\u00de +E -E');
  // Older Firefox on Linux tells of both keys and then of the composition.
  const linux = new Board('linux');
  linux.keys('+Quote Dead .', '-Quote Dead .', '+KeyA a .');
  linux.compose('á');
  linux.keys('-KeyA a .');
  assert.equal(linux.host, '+\u00de -\u00de +A -A');
  // With an input method the keys are its own.
  const ibus = new Board('linux');
  ibus.keys('+Quote Dead . 229', '-Quote Dead .');
  ibus.tell({ type: 'compositionstart' });
  ibus.keys('+KeyA a . 229 composing');
  ibus.tell({ type: 'compositionend', data: 'á' });
  ibus.keys('-KeyA a .');
  assert.equal(ibus.host, '"á"');
});

test('an input method that is switched on while a key is still down has its text typed', () => {
  const board = new Board('windows');
  board.keys('+KeyA a .', '+KeyK Process . 229');
  board.compose('か');
  assert.equal(board.host, '+A "か"');
  board.keys('-KeyA a .', '+KeyB b .', '-KeyB b .');
  board.compose('👍');
  assert.equal(board.host, '-A +B -B "👍"');
});

test('what is inserted or deleted inside of a composition is its own', () => {
  const board = new Board('android');
  board.tell({ type: 'compositionstart' });
  assert.ok(board.input('deleteContentBackward', null, true));
  assert.ok(board.input('insertText', 'h', true));
  board.tell({ type: 'compositionend', data: 'he' });
  assert.equal(board.host, '"he"');
});

test('text that nobody pressed a key for is typed, also while a key is held that types nothing', () => {
  const board = new Board('mac');
  board.compose('dictated');
  board.keys('+ArrowUp ArrowUp .');
  board.compose('👍');
  assert.equal(board.host, '"dictated" +& "👍"');
});

test('Android: an on-screen keyboard gives texts without keys', () => {
  const board = new Board('android');
  const left = board.keys('+. Unidentified . 229', '-. Unidentified . 229');
  assert.ok(left[0]);
  assert.ok(!board.input('insertText', 'h'));
  board.compose('hello');
  board.input('insertText', ' ');
  board.keys('+. Unidentified . 229');
  board.input('deleteContentBackward');
  board.input('deleteContentForward');
  board.input('insertLineBreak');
  assert.equal(board.host, '"h" "hello" " " +Back -Back +Delete -Delete +Enter -Enter');
  board.keys('+. Backspace . 8', '-. Backspace . 8', '+. Unidentified . 13', '-. Unidentified . 13');
  assert.equal(board.host, '+Back -Back +Enter -Enter');
});

test('iPad: its on-screen keyboard replaces what it has typed', () => {
  const board = new Board('ios');
  board.input('insertText', 'ㄱ');
  board.input('deleteContentBackward');
  board.input('insertText', '가');
  board.input('insertReplacementText', 'the');
  assert.equal(board.host, '"ㄱ" +Back -Back "가" "the"');
});

test('keyboards without codes: characters are text, names are keys, and shortcuts are the keys of their letters', () => {
  const board = new Board('windows');
  board.keys(
    '+. a .',
    '-. a .',
    '+. Enter .',
    '-. Enter .',
    '+. Shift s',
    '+. ArrowLeft s',
    '-. ArrowLeft s',
    '-. Shift .',
  );
  assert.equal(board.host, '"a" +Enter -Enter +Shift +%/1 -% -Shift');
  board.keys('+. Control c', '+. c c', '-. c c', '-. Control .');
  assert.equal(board.host, '+Ctrl +C/2 -C -Ctrl');
  // The modifier up first: the letter says no more that it was a shortcut.
  board.keys('+. Control c', '+. c c', '-. Control .', '-. c .');
  assert.equal(board.host, '+Ctrl +C/2 -Ctrl -C');
  board.keys('+. Shift s . right', '-. Shift . . right', '+Unidentified é .', '+. @ cag');
  assert.equal(board.host, '+RShift -RShift "é" "@"');
});

test('keys that were swapped here are what they were made', () => {
  const board = new Board('linux');
  board.keys('+CapsLock Control c', '+KeyC c c', '-KeyC c c', '-CapsLock Control .');
  assert.equal(board.host, '+Ctrl +C/2 -C -Ctrl');
  board.keys(
    '+AltLeft Meta m',
    '+KeyE e m',
    '-KeyE e m',
    '-AltLeft Meta .',
    '+CapsLock Escape .',
    '-CapsLock Escape .',
  );
  assert.equal(board.host, '+Meta +E/8 -E -Meta +\u001b -\u001b');
});
