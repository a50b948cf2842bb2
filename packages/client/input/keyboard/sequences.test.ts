import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestKeyboard } from './testing/test-keyboard.ts';

// What systems and browsers report for what people do, according to W3C UI Events, MDN, and the bug trackers of browsers and remote desktops.

test('Windows: AltGr is sent as the right Alt; the Control that comes with it is not sent', () => {
  // Chromium, and Firefox since 2018, German layout: @.
  const now = new TestKeyboard('windows');
  now.keys('+ControlLeft Control c', '+AltRight AltGraph g @0', '+KeyQ @ g', '-KeyQ @ g');
  now.keys('-ControlLeft Control g', '-AltRight AltGraph . @0');
  assert.equal(now.host, '+RAlt +Q/4 -Q -RAlt');
  // Earlier versions reported Control and Alt with each event.
  const before = new TestKeyboard('windows');
  before.keys('+ControlLeft Control c', '+AltRight Alt cag @0', '+KeyQ @ cag', '-KeyQ @ cag');
  before.keys('-ControlLeft Control ag', '-AltRight Alt .');
  assert.equal(before.host, '+RAlt +Q/4 -Q -RAlt');
});

test('AltGr reported as Alt is only the right Alt', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+AltRight AltGraph a', '+KeyQ @ a', '-KeyQ @ a', '-AltRight AltGraph .');
  assert.equal(keyboard.host, '+RAlt +Q/4 -Q -RAlt');
});

test('Windows: a repeating AltGr brings its Control each time', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ControlLeft Control c', '+AltRight AltGraph g @0');
  for (let times = 0; times < 3; times += 1)
    keyboard.keys('+ControlLeft Control g repeat @30', '+AltRight AltGraph g repeat @0');
  for (let times = 0; times < 3; times += 1)
    keyboard.keys('+ControlLeft Control g . @30', '+AltRight AltGraph g repeat @0');
  keyboard.wait(100);
  keyboard.keys('-ControlLeft Control g', '-AltRight AltGraph .');
  assert.equal(keyboard.host, '+RAlt -RAlt');
});

test('Windows: a Control pressed before AltGr is sent', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ControlLeft Control c', '+AltRight AltGraph g @200', '+KeyE € g', '-KeyE € g');
  keyboard.keys('-AltRight AltGraph c', '-ControlLeft Control .');
  assert.equal(keyboard.host, '+Ctrl +RAlt +E/6 -E -RAlt -Ctrl');
});

test('Windows: Control is held back only as long as AltGr may still follow', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ControlLeft Control c');
  assert.equal(keyboard.host, '');
  assert.ok(keyboard.state.wakeAt !== null);
  keyboard.wait(39);
  assert.equal(keyboard.host, '');
  keyboard.wait(1);
  assert.equal(keyboard.host, '+Ctrl');
  assert.equal(keyboard.state.wakeAt, null);
  keyboard.keys('-ControlLeft Control .', '+ControlLeft Control c', '+KeyC c c', '-KeyC c c', '-ControlLeft Control .');
  assert.equal(keyboard.host, '-Ctrl +Ctrl +C/2 -C -Ctrl');
  keyboard.keys('+ControlLeft Control c', '-ControlLeft Control .');
  assert.equal(keyboard.host, '+Ctrl -Ctrl');
  // A click sends it along.
  keyboard.keys('+ControlLeft Control c');
  keyboard.pointer('c', 'mouse', true);
  assert.equal(keyboard.host, '+Ctrl');
});

test('Windows: if the page was busy when AltGr came, its Control is released as soon as AltGr arrives', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ControlLeft Control c');
  keyboard.state.advance(1e6);
  keyboard.keys('+AltRight AltGraph g @0');
  assert.equal(keyboard.host, '-Ctrl +RAlt');
});

test('Windows: of two held Shifts only one sends a key-up', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ShiftLeft Shift s', '+ShiftRight Shift s', '-ShiftRight Shift .', '+KeyA a .', '-KeyA a .');
  assert.equal(keyboard.host, '+Shift +RShift -RShift -Shift +A -A');
  keyboard.keys('+ShiftLeft Shift s', '+ShiftRight Shift s', '-ShiftLeft Shift s', '+KeyA A s');
  assert.equal(keyboard.host, '+Shift +RShift -Shift +A/1');
});

test('a modifier whose key-up was swallowed by a screenshot tool goes up with the next event that reports it up', () => {
  for (const [press, name] of [
    ['+ShiftLeft Shift s', 'Shift'],
    ['+ControlRight Control c', 'RCtrl'],
    ['+AltLeft Alt a', 'Alt'],
    ['+AltRight AltGraph g', 'RAlt'],
    ['+MetaLeft Meta m', 'Meta'],
  ] as const) {
    for (const platform of ['windows', 'linux'] as const) {
      const keyboard = new TestKeyboard(platform);
      keyboard.keys(press, '+KeyA a .');
      assert.equal(keyboard.host, `+${name} -${name} +A`);
      keyboard.keys('-KeyA a .', press);
      keyboard.pointer('');
      assert.equal(keyboard.host, `-A +${name} -${name}`);
      keyboard.keys(press, '+Lang1 . . 229');
      assert.equal(keyboard.host, `+${name} -${name}`);
      keyboard.keys(press);
      keyboard.pointer('', 'wheel');
      assert.equal(keyboard.host, `+${name} -${name}`);
    }
  }
});

test('a modifier that no event ever confirms is held until its key-up', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+ShiftLeft Shift .', '+KeyA A .', '-KeyA A .', '-ShiftLeft Shift .');
  assert.equal(keyboard.host, '+Shift +A/1 -A -Shift');
  // Firefox before 118 on Windows.
  const older = new TestKeyboard('windows');
  older.keys('+OSLeft OS .', '+KeyE e .', '-KeyE e .', '-OSLeft OS .');
  assert.equal(older.host, '+Meta +E/8 -E -Meta');
});

test('X11: a modifier’s own events may report the state before it', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+ShiftLeft Shift .', '+KeyA A s', '-KeyA A s', '-ShiftLeft Shift s', '+KeyB b .', '-KeyB b .');
  assert.equal(keyboard.host, '+Shift +A/1 -A -Shift +B -B');
});

test('modifiers pressed elsewhere are held as long as the keys pressed with them', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+KeyC c c', '+KeyX x c', '-KeyC c c', '-KeyX x .');
  assert.equal(keyboard.host, '+Ctrl +C/2 +X/2 -C -X -Ctrl');
  keyboard.pointer('s', 'mouse', true);
  keyboard.pointer('s', 'mouse', true);
  keyboard.pointer('s');
  assert.equal(keyboard.host, '+Shift -Shift');
  // A drag with Shift continues while keys are pressed.
  keyboard.pointer('s', 'mouse', true);
  keyboard.keys('+KeyA A s', '-KeyA A s');
  assert.equal(keyboard.host, '+Shift +A/1 -A');
  keyboard.pointer('s');
  assert.equal(keyboard.host, '-Shift');
  // The key itself arrives after all.
  keyboard.keys('+KeyC c c', '+ControlLeft Control c @50');
  keyboard.wait(50);
  keyboard.keys('-KeyC c c', '-ControlLeft Control .');
  assert.equal(keyboard.host, '+Ctrl +C/2 -C -Ctrl');
  // A mouse that only passes over presses nothing.
  keyboard.pointer('s');
  assert.equal(keyboard.host, '');
});

test('Windows: Print Screen sends only a key-up', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('-PrintScreen PrintScreen . 44', '-PrintScreen PrintScreen . 44');
  assert.equal(keyboard.host, '+Print -Print +Print -Print');
  keyboard.keys('+AltLeft Alt a', '-PrintScreen PrintScreen a 44', '-AltLeft Alt .');
  assert.equal(keyboard.host, '+Alt +Print -Print -Alt');
  // Tools that press it for someone send both; the next press is the keyboard's again.
  keyboard.keys('+PrintScreen PrintScreen . 44', '-PrintScreen PrintScreen . 44', '-PrintScreen PrintScreen . 44');
  assert.equal(keyboard.host, '+Print -Print +Print -Print');
});

test('a key-up can report that a modifier is up', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+ShiftLeft Shift s', '+KeyA A s', '-KeyA a .');
  assert.equal(keyboard.host, '+Shift +A/1 -A -Shift');
});

test('Linux and macOS: Print Screen sends both, and a key-up after the focus returned presses nothing', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+PrintScreen PrintScreen .', '-PrintScreen PrintScreen .');
  assert.equal(keyboard.host, '+Print -Print');
  keyboard.keys('+PrintScreen PrintScreen .');
  keyboard.handle({ type: 'left' });
  keyboard.handle({ type: 'taken' });
  keyboard.keys('-PrintScreen PrintScreen .');
  assert.equal(keyboard.host, '+Print -Print');
});

for (const platform of ['mac', 'ios'] as const) {
  test(`${platform}: no key-ups arrive while Command is held, so a key goes up at once and each down is a press`, () => {
    const keyboard = new TestKeyboard(platform);
    keyboard.keys('+MetaLeft Meta m', '+KeyV v m', '+KeyV v m', '+KeyV v m repeat', '-MetaLeft Meta .');
    assert.equal(keyboard.host, '+Meta +V/8 -V +V/8 -V +V/8 -V -Meta');
    // If one arrives nevertheless, it has no effect.
    keyboard.keys('+MetaRight Meta m', '+KeyC c m', '-KeyC c m', '-MetaRight Meta .');
    assert.equal(keyboard.host, '+RMeta +C/8 -C -RMeta');
    keyboard.keys('+MetaLeft Meta m', '+ShiftLeft Shift ms', '+KeyZ z ms', '-ShiftLeft Shift m', '-MetaLeft Meta .');
    assert.equal(keyboard.host, '+Meta +Shift +Z/9 -Z -Shift -Meta');
  });

  test(`${platform}: keys held when Command goes down go up, as their own key-ups may not arrive`, () => {
    const keyboard = new TestKeyboard(platform);
    keyboard.keys('+KeyW w .', '+ShiftLeft Shift s', '+MetaLeft Meta sm', '-MetaLeft Meta s', '-ShiftLeft Shift .');
    assert.equal(keyboard.host, '+W +Shift -W +Meta -Meta -Shift');
  });

  test(`${platform}: Command pressed elsewhere counts too`, () => {
    const keyboard = new TestKeyboard(platform);
    keyboard.keys('+KeyV v m', '+KeyV v m repeat');
    assert.equal(keyboard.host, '+Meta +V/8 -V -Meta +Meta +V/8 -V -Meta');
    keyboard.keys('-KeyV v m', '+KeyC c .', '+KeyC c m');
    assert.equal(keyboard.host, '+C +Meta -C +C/8 -C -Meta');
  });

  test(`${platform}: Caps Lock sends a down when it goes on and an up when it goes off; Firefox sends two downs`, () => {
    const keyboard = new TestKeyboard(platform);
    keyboard.keys('+CapsLock CapsLock C', '+KeyA A C', '-KeyA A C', '-CapsLock CapsLock .', '+KeyA a .', '-KeyA a .');
    assert.equal(keyboard.host, '+Caps -Caps +A -A +Caps -Caps +A -A');
    keyboard.keys('+CapsLock CapsLock C', '+CapsLock CapsLock .');
    assert.equal(keyboard.host, '+Caps -Caps +Caps -Caps');
  });

  test(`${platform}: Eisu and Kana send only downs`, () => {
    const keyboard = new TestKeyboard(platform);
    keyboard.keys('+Lang2 Eisu .', '+Lang1 KanaMode .', '+Lang1 KanaMode .', '-Lang1 KanaMode .');
    assert.equal(keyboard.host, '+\u0019 -\u0019 +Kana -Kana +Kana -Kana');
  });

  test(`${platform}: an accent typed with Option arrives as the composed character`, () => {
    const keyboard = new TestKeyboard(platform);
    // Chromium and Safari report 229, Firefox does not.
    for (const number of ['229', '0']) {
      const [, left] = keyboard.keys('+AltLeft Alt a', `+KeyE Dead a ${number}`, '-KeyE Dead a', '-AltLeft Alt .');
      assert.ok(left);
      keyboard.handle({ type: 'compositionstart' });
      keyboard.keys('+KeyE é . 229 composing');
      keyboard.handle({ type: 'compositionend', data: 'é' });
      keyboard.keys('-KeyE e .');
      assert.equal(keyboard.host, '+Alt -Alt "é"');
    }
  });
}

test('a Mac’s Option is Alt, whatever it types and although Firefox also calls it AltGr', () => {
  const keyboard = new TestKeyboard('mac');
  keyboard.keys('+AltLeft Alt ag', '+Digit2 ™ ag', '-Digit2 ™ ag', '-AltLeft Alt .');
  assert.equal(keyboard.host, '+Alt +2/4 -2 -Alt');
  keyboard.keys('+AltLeft Alt ag', '+KeyA a .');
  assert.equal(keyboard.host, '+Alt -Alt +A');
});

test('Command can be the host’s Control, in addition to the real Control keys', () => {
  const keyboard = new TestKeyboard('mac', { commandIsControl: true });
  keyboard.keys(
    '+MetaLeft Meta m',
    '+KeyC c m',
    '+ControlLeft Control mc',
    '-MetaLeft Meta c',
    '-ControlLeft Control .',
  );
  assert.equal(keyboard.host, '+Ctrl +C/2 -C -Ctrl');
  keyboard.keys('+MetaRight Meta m', '-MetaRight Meta .', '+KeyX x m');
  assert.equal(keyboard.host, '+RCtrl -RCtrl +Ctrl +X/2 -X -Ctrl');
  // The Windows key is not Command.
  const windows = new TestKeyboard('windows', { commandIsControl: true });
  windows.keys('+MetaLeft Meta m', '-MetaLeft Meta .');
  assert.equal(windows.host, '+Meta -Meta');
});

test('Windows: keys that switch Japanese and Korean input send downs, or ups under another name', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys(
    '-Backquote Hankaku . 243',
    '+Backquote Zenkaku . 244',
    '-Backquote Zenkaku . 244',
    '+Backquote Hankaku . 243',
  );
  assert.equal(keyboard.host, '+\u00c0 -\u00c0 +\u00c0 -\u00c0');
  keyboard.keys(
    '+CapsLock Alphanumeric . 240',
    '+KanaMode HiraganaKatakana . 242',
    '+Convert Convert .',
    '+NonConvert NonConvert .',
  );
  assert.equal(keyboard.host, '+Caps -Caps +Kana -Kana +Convert -Convert +\u001d -\u001d');
  keyboard.keys('+AltRight HangulMode . 21', '-AltRight HangulMode .', '+Lang2 HanjaMode . 25', '-Lang2 HanjaMode .');
  assert.equal(keyboard.host, '+Kana -Kana +\u0019 -\u0019');
});

test('a held mode key is one press; pressed again it is another, although the browser calls it a repeat', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+Convert Convert .', '+Convert Convert . repeat @500', '+Convert Convert . repeat @30');
  assert.equal(keyboard.host, '+Convert -Convert');
  keyboard.keys('+Convert Convert . repeat @3000');
  assert.equal(keyboard.host, '+Convert -Convert');
});

test('while an input method is composing no keys are sent, and its text is sent once, at the end', () => {
  // Chromium and Firefox.
  const keyboard = new TestKeyboard('windows');
  const left = keyboard.keys('+KeyK Process . 229');
  keyboard.handle({ type: 'compositionstart' });
  keyboard.keys('-KeyK k .', '+KeyA Process . 229 composing');
  keyboard.input('insertCompositionText', 'か', true);
  keyboard.keys('-KeyA a .', '+Enter Process . 229 composing');
  keyboard.handle({ type: 'compositionend', data: 'か' });
  keyboard.keys('-Enter Enter .', '+Enter Enter .', '-Enter Enter .');
  assert.deepEqual(left, [true]);
  assert.equal(keyboard.host, '"か" +Enter -Enter');
});

test('Safari starts composing before it reports the key, and ends before reporting the Enter that ends it', () => {
  const keyboard = new TestKeyboard('mac');
  keyboard.handle({ type: 'compositionstart' });
  keyboard.keys('+KeyK k . 229', '-KeyK k .');
  keyboard.input('insertFromComposition', 'か', true);
  keyboard.handle({ type: 'compositionend', data: 'か' });
  keyboard.keys('+Enter Enter . 229', '-Enter Enter .');
  assert.equal(keyboard.host, '"か"');
  // Older versions do not mark their changes as part of a composition.
  keyboard.handle({ type: 'compositionstart' });
  keyboard.input('insertText', 'k');
  keyboard.input('deleteCompositionText');
  keyboard.input('insertFromComposition', 'か');
  keyboard.handle({ type: 'compositionend', data: 'か' });
  keyboard.input('insertText', '!');
  keyboard.input('deleteContentBackward');
  assert.equal(keyboard.host, '"か" "!" +Back -Back');
});

test('an abandoned composition types nothing', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+KeyK Process . 229');
  keyboard.compose('か', '');
  keyboard.keys('+Escape Process . 229', '-Escape Escape .');
  assert.equal(keyboard.host, '');
});

test('dead keys on Windows and Linux are sent by position for the host to compose; what is also composed here is not typed', () => {
  const windows = new TestKeyboard('windows');
  windows.keys('+Quote Dead .', '-Quote Dead .', '+KeyE é .', '-KeyE é .');
  assert.equal(windows.host, '+\u00de -\u00de +E -E');
  // Older Firefox on Linux reports both keys and then the composition.
  const linux = new TestKeyboard('linux');
  linux.keys('+Quote Dead .', '-Quote Dead .', '+KeyA a .');
  linux.compose('á');
  linux.keys('-KeyA a .');
  assert.equal(linux.host, '+\u00de -\u00de +A -A');
  // With an input method, the keys belong to it.
  const ibus = new TestKeyboard('linux');
  ibus.keys('+Quote Dead . 229', '-Quote Dead .');
  ibus.handle({ type: 'compositionstart' });
  ibus.keys('+KeyA a . 229 composing');
  ibus.handle({ type: 'compositionend', data: 'á' });
  ibus.keys('-KeyA a .');
  assert.equal(ibus.host, '"á"');
});

test('the text of an input method switched on while a key is down is typed', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys('+KeyA a .', '+KeyK Process . 229');
  keyboard.compose('か');
  assert.equal(keyboard.host, '+A "か"');
  keyboard.keys('-KeyA a .', '+KeyB b .', '-KeyB b .');
  keyboard.compose('👍');
  assert.equal(keyboard.host, '-A +B -B "👍"');
});

test('insertions and deletions inside a composition are not sent', () => {
  const keyboard = new TestKeyboard('android');
  keyboard.handle({ type: 'compositionstart' });
  assert.ok(keyboard.input('deleteContentBackward', null, true));
  assert.ok(keyboard.input('insertText', 'h', true));
  keyboard.handle({ type: 'compositionend', data: 'he' });
  assert.equal(keyboard.host, '"he"');
});

test('text without a key press is typed, even while a key that types nothing is held', () => {
  const keyboard = new TestKeyboard('mac');
  keyboard.compose('dictated');
  keyboard.keys('+ArrowUp ArrowUp .');
  keyboard.compose('👍');
  assert.equal(keyboard.host, '"dictated" +& "👍"');
});

test('Android: an on-screen keyboard sends texts without keys', () => {
  const keyboard = new TestKeyboard('android');
  const left = keyboard.keys('+. Unidentified . 229', '-. Unidentified . 229');
  assert.ok(left[0]);
  assert.ok(!keyboard.input('insertText', 'h'));
  keyboard.compose('hello');
  keyboard.input('insertText', ' ');
  keyboard.keys('+. Unidentified . 229');
  keyboard.input('deleteContentBackward');
  keyboard.input('deleteContentForward');
  keyboard.input('insertLineBreak');
  assert.equal(keyboard.host, '"h" "hello" " " +Back -Back +Delete -Delete +Enter -Enter');
  keyboard.keys('+. Backspace . 8', '-. Backspace . 8', '+. Unidentified . 13', '-. Unidentified . 13');
  assert.equal(keyboard.host, '+Back -Back +Enter -Enter');
});

test('iPad: its on-screen keyboard replaces what it has typed', () => {
  const keyboard = new TestKeyboard('ios');
  keyboard.input('insertText', 'ㄱ');
  keyboard.input('deleteContentBackward');
  keyboard.input('insertText', '가');
  keyboard.input('insertReplacementText', 'the');
  assert.equal(keyboard.host, '"ㄱ" +Back -Back "가" "the"');
});

test('keyboards without codes: characters are text, names are keys, and shortcuts are the keys of their letters', () => {
  const keyboard = new TestKeyboard('windows');
  keyboard.keys(
    '+. a .',
    '-. a .',
    '+. Enter .',
    '-. Enter .',
    '+. Shift s',
    '+. ArrowLeft s',
    '-. ArrowLeft s',
    '-. Shift .',
  );
  assert.equal(keyboard.host, '"a" +Enter -Enter +Shift +%/1 -% -Shift');
  keyboard.keys('+. Control c', '+. c c', '-. c c', '-. Control .');
  assert.equal(keyboard.host, '+Ctrl +C/2 -C -Ctrl');
  // The modifier goes up first: the letter's key-up no longer shows that it was a shortcut.
  keyboard.keys('+. Control c', '+. c c', '-. Control .', '-. c .');
  assert.equal(keyboard.host, '+Ctrl +C/2 -Ctrl -C');
  keyboard.keys('+. Shift s . right', '-. Shift . . right', '+Unidentified é .', '+. @ cag');
  assert.equal(keyboard.host, '+RShift -RShift "é" "@"');
});

test('keys remapped on this system are sent as what they were remapped to', () => {
  const keyboard = new TestKeyboard('linux');
  keyboard.keys('+CapsLock Control c', '+KeyC c c', '-KeyC c c', '-CapsLock Control .');
  assert.equal(keyboard.host, '+Ctrl +C/2 -C -Ctrl');
  keyboard.keys(
    '+AltLeft Meta m',
    '+KeyE e m',
    '-KeyE e m',
    '-AltLeft Meta .',
    '+CapsLock Escape .',
    '-CapsLock Escape .',
  );
  assert.equal(keyboard.host, '+Meta +E/8 -E -Meta +\u001b -\u001b');
});

test('Windows: with Shift the number pad moves the cursor, and the system releases Shift around the key', () => {
  const board = new TestKeyboard('windows');
  board.keys('+ShiftLeft Shift sN', '-ShiftLeft Shift N', '+Numpad7 Home N @0', '-Numpad7 Home N');
  board.keys('+ShiftLeft Shift sN @0', '-ShiftLeft Shift N');
  assert.equal(board.host, '+Shift -Shift +$ -$ +Shift -Shift');
  board.keys('+Numpad5 Clear N', '-Numpad5 5 N', '+NumpadDecimal Delete N', '-NumpadDecimal . N');
  assert.equal(board.host, '+\f -\f +Delete -Delete');
  // With Num Lock off, the host, whose Num Lock follows, does it by itself, and also where Shift stays down, as on Linux.
  board.keys(
    '+Numpad7 Home .',
    '-Numpad7 Home .',
    '+Numpad7 7 N',
    '-Numpad7 7 N',
    '+Numpad7 Home sN',
    '-Numpad7 Home sN',
  );
  assert.equal(board.host, '+g -g +g -g +Shift +g/1 -g -Shift');
});

test('Windows: a character made with Alt and digits is made on the host, and not typed again', () => {
  const board = new TestKeyboard('windows');
  board.keys('+AltLeft Alt aN', '+Numpad6 6 aN', '-Numpad6 6 aN', '+Numpad5 5 aN', '-Numpad5 5 aN', '-AltLeft Alt N');
  assert.ok(!board.input('insertText', 'A'));
  assert.equal(board.host, '+Alt +f/4 -f +e/4 -e -Alt');
  assert.ok(!board.input('insertText', 'dictated'));
  assert.equal(board.host, '"dictated"');
  // The system makes nothing of other keys.
  board.keys('+AltLeft Alt a', '+ArrowUp ArrowUp a', '-ArrowUp ArrowUp a', '-AltLeft Alt .');
  board.input('insertText', 'x');
  assert.equal(board.host, '+Alt +&/4 -& -Alt "x"');
});

test('AltGr pressed elsewhere is held as long as the keys pressed with it', () => {
  for (const platform of ['windows', 'linux'] as const) {
    const board = new TestKeyboard(platform);
    board.keys('+ControlLeft Control g repeat', '+AltRight AltGraph g repeat @0', '+KeyQ @ g', '-KeyQ @ g');
    board.keys('-ControlLeft Control g', '-AltRight AltGraph .');
    assert.equal(board.host, '+RAlt +Q/4 -Q -RAlt', platform);
  }
  // Control and the left Alt make AltGr too.
  const both = new TestKeyboard('windows');
  both.keys('+ControlLeft Control c', '+AltLeft Alt g @50', '+KeyQ @ g', '-KeyQ @ g');
  assert.equal(both.host, '+Ctrl +Alt +Q/6 -Q');
});

test('Windows: a click that reports AltGr as Control and Alt presses no Control', () => {
  const board = new TestKeyboard('windows');
  board.keys('+ControlLeft Control c', '+AltRight AltGraph g @0');
  board.pointer('ca', 'mouse', true);
  board.pointer('ca');
  board.keys('-ControlLeft Control g', '-AltRight AltGraph .');
  assert.equal(board.host, '+RAlt -RAlt');
});

test('text is typed with no modifier held, which would make it a shortcut; one still held is pressed again with the next key', () => {
  const board = new TestKeyboard('windows');
  board.keys('+. AltGraph g', '+. @ g', '-. @ g', '-. AltGraph .');
  assert.equal(board.host, '+RAlt -RAlt "@"');
  board.keys('+. Shift s', '+. ! s', '-. ! s', '+. ArrowLeft s', '-. ArrowLeft s', '-. Shift .');
  assert.equal(board.host, '+Shift -Shift "!" +Shift +%/1 -% -Shift');
  const mac = new TestKeyboard('mac');
  mac.keys('+AltLeft Alt a');
  mac.compose('é');
  mac.keys('-AltLeft Alt .');
  assert.equal(mac.host, '+Alt -Alt "é"');
});

test('iPad: older systems send no codes, their own names, and empty key-ups', () => {
  const board = new TestKeyboard('ios');
  board.keys('+. Control c', '+. c c 13', '-. Dead c', '-. Control .');
  assert.equal(board.host, '+Ctrl +C/2 -C -Ctrl');
  board.keys('+. UIKeyInputUpArrow .', '-. Dead .', '+. UIKeyInputEscape .', '-. Unidentified .');
  assert.equal(board.host, '+& -& +\u001b -\u001b');
  board.keys(
    '+Unidentified ArrowLeft .',
    '-Unidentified Dead . 37',
    '+. UIKeyInputPageDown .',
    '-. UIKeyInputPageDown .',
  );
  assert.equal(board.host, '+% -% +" -"');
  // A key with a position is not affected.
  board.keys('+KeyW w .', '-. Dead .');
  assert.equal(board.host, '+W');
});

for (const platform of ['mac', 'ios'] as const)
  test(`${platform}: Option with Command or Control does not begin an accent`, () => {
    const board = new TestKeyboard(platform);
    board.keys('+MetaLeft Meta m', '+AltLeft Alt ma', '+KeyN Dead ma 78', '-AltLeft Alt m', '-MetaLeft Meta .');
    assert.equal(board.host, '+Meta +Alt +N/12 -N -Alt -Meta');
    board.keys('+ControlLeft Control c', '+AltLeft Alt ca', '+KeyE Dead ca', '-KeyE e ca', '-AltLeft Alt c');
    board.keys('-ControlLeft Control .');
    assert.equal(board.host, '+Ctrl +Alt +E/6 -E -Alt -Ctrl');
  });

test('a composition whose end never comes ends when the focus is lost', () => {
  const board = new TestKeyboard('android');
  board.handle({ type: 'compositionstart' });
  board.handle({ type: 'left' });
  board.handle({ type: 'taken' });
  board.input('insertText', 'x');
  assert.equal(board.host, '"x"');
});
