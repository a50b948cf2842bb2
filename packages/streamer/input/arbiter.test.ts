import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Role, ViewerInput } from '@moonshare/contract';
import { type HostCapabilities, InputArbiter } from './arbiter.ts';

function arbiterWith(roles: Record<string, Role>, host: Partial<HostCapabilities> = {}): InputArbiter {
  const arbiter = new InputArbiter();
  arbiter.hostUp({ touch: true, fineWheel: false, ...host });
  for (const [viewer, role] of Object.entries(roles)) arbiter.join(viewer, role);
  return arbiter;
}

const key = (down: boolean, virtualKey: number, modifiers = 0): ViewerInput => {
  return { kind: 'key', down, virtualKey, modifiers };
};
const button = (down: boolean, number = 1): ViewerInput => ({ kind: 'mouseButton', down, button: number });
const move: ViewerInput = { kind: 'mouseMove', dx: 1, dy: 2 };
const touch = (event: 'down' | 'move' | 'up', pointerId: number, x = 0.5, y = 0.5): ViewerInput => {
  return { kind: 'touch', event, pointerId, x, y, pressure: 1, contactMajor: 0, contactMinor: 0, rotation: 0xffff };
};
const add = (id: number, capabilities = 0x03): ViewerInput => {
  return { kind: 'controllerAdd', id, supportedButtons: 0xf3ff, capabilities };
};
const still = { leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
const state = (id: number, buttons: number): ViewerInput => ({ kind: 'controllerState', id, buttons, ...still });

describe('keys', () => {
  test('a key goes down with its first holder and up with its last', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    assert.deepEqual(arbiter.handle('a', key(true, 0x41)), [
      { kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 },
    ]);
    assert.deepEqual(arbiter.handle('b', key(true, 0x41)), []);
    assert.deepEqual(arbiter.handle('a', key(false, 0x41)), []);
    assert.deepEqual(arbiter.leave('b'), [{ kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 }]);
  });

  test("a browser's auto-repeat never reaches the host", () => {
    const arbiter = arbiterWith({ a: 'full' });
    arbiter.handle('a', key(true, 0x41));
    assert.deepEqual(arbiter.handle('a', key(true, 0x41)), []);
  });

  test('Shift and left Shift are one key', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    assert.equal(arbiter.handle('a', key(true, 0x10, 1)).length, 1);
    assert.deepEqual(arbiter.handle('b', key(true, 0xa0, 1)), []);
    assert.deepEqual(arbiter.handle('a', key(false, 0x10)), []);
    assert.deepEqual(arbiter.handle('b', key(false, 0xa0)), [{ kind: 'keyUp', keyCode: 0x10, modifiers: 0, flags: 0 }]);
  });

  test('a flagged modifier is tapped around the key unless it is held', () => {
    const arbiter = arbiterWith({ a: 'full' });
    const codes = (event: ViewerInput) => {
      return arbiter
        .handle('a', event)
        .map((p) => (p.kind === 'keyDown' || p.kind === 'keyUp' ? [p.kind, p.keyCode] : p));
    };
    assert.deepEqual(codes(key(true, 0x41, 1)), [
      ['keyDown', 0xa0],
      ['keyDown', 0x41],
      ['keyUp', 0xa0],
    ]);
    assert.deepEqual(codes(key(true, 0xa1, 1)), [['keyDown', 0xa1]]);
    assert.deepEqual(codes(key(true, 0x42, 1)), [['keyDown', 0x42]]);
  });

  test('a viewer can hold 64 keys at most, and can still release them', () => {
    const arbiter = arbiterWith({ a: 'full' });
    let down = 0;
    for (let code = 1; code < 0x90; code += 1) {
      if (code < 0x10 || code > 0x12) down += arbiter.handle('a', key(true, code)).length;
    }
    assert.equal(down, 64);
    assert.equal(arbiter.leave('a').length, 64);
  });
});

describe('text', () => {
  test('is sent one code point per packet', () => {
    const arbiter = arbiterWith({ a: 'full' });
    assert.deepEqual(arbiter.handle('a', { kind: 'text', text: 'h\u{1F600}é\uD800' }), [
      { kind: 'text', text: 'h' },
      { kind: 'text', text: '\u{1F600}' },
      { kind: 'text', text: 'é' },
    ]);
  });
});

describe('pointer', () => {
  test('every viewer can move it', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    assert.equal(arbiter.handle('a', move).length, 1);
    assert.equal(arbiter.handle('b', move).length, 1);
  });

  test('a drag belongs to the viewer that began it until its button is up', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    arbiter.handle('a', button(true));
    assert.deepEqual(arbiter.handle('b', move), []);
    assert.deepEqual(arbiter.handle('b', { kind: 'mousePosition', x: 1, y: 1, width: 100, height: 100 }), []);
    assert.equal(arbiter.handle('a', move).length, 1);
    arbiter.handle('a', button(false));
    assert.equal(arbiter.handle('b', move).length, 1);
  });

  test('a drag passes to the next holder when its owner leaves', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    arbiter.handle('a', button(true));
    arbiter.handle('b', button(true));
    assert.deepEqual(arbiter.handle('b', move), []);
    assert.deepEqual(arbiter.leave('a'), []);
    assert.equal(arbiter.handle('b', move).length, 1);
    assert.deepEqual(arbiter.handle('b', button(false)), [{ kind: 'mouseUp', button: 1 }]);
  });

  test('positions are clamped to their plane, and a plane without size is ignored', () => {
    const arbiter = arbiterWith({ a: 'full' });
    assert.deepEqual(arbiter.handle('a', { kind: 'mousePosition', x: -5, y: 300, width: 200, height: 100 }), [
      { kind: 'mousePosition', x: 0, y: 99, width: 200, height: 100 },
    ]);
    assert.deepEqual(arbiter.handle('a', { kind: 'mousePosition', x: 0, y: 0, width: 1, height: 100 }), []);
  });

  test('a distance that is not a finite number moves nothing', () => {
    const arbiter = arbiterWith({ a: 'full' });
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.deepEqual(arbiter.handle('a', { kind: 'mouseMove', dx: odd, dy: 1 }), []);
      assert.deepEqual(arbiter.handle('a', { kind: 'wheelPixels', dx: 0, dy: odd }), []);
    }
    assert.equal(arbiter.handle('a', { kind: 'wheelPixels', dx: 0, dy: 100 }).length, 1);
  });

  test('unknown buttons are ignored', () => {
    const arbiter = arbiterWith({ a: 'full' });
    assert.deepEqual(arbiter.handle('a', button(true, 0)), []);
    assert.deepEqual(arbiter.handle('a', button(true, 6)), []);
  });
});

describe('wheel', () => {
  const pixels = (dy: number): ViewerInput => ({ kind: 'wheelPixels', dx: 0, dy });

  test('pixels add up to whole notches', () => {
    const arbiter = arbiterWith({ a: 'full' });
    assert.deepEqual(arbiter.handle('a', pixels(60)), []);
    assert.deepEqual(arbiter.handle('a', pixels(50)), [{ kind: 'scroll', amount: 120 }]);
    assert.deepEqual(arbiter.handle('a', pixels(90)), [{ kind: 'scroll', amount: 120 }]);
    assert.deepEqual(arbiter.handle('a', pixels(-100)), [{ kind: 'scroll', amount: -120 }]);
  });

  test('a change of direction discards the fraction', () => {
    const arbiter = arbiterWith({ a: 'full' });
    arbiter.handle('a', pixels(90));
    assert.deepEqual(arbiter.handle('a', pixels(-50)), []);
    assert.deepEqual(arbiter.handle('a', pixels(-50)), [{ kind: 'scroll', amount: -120 }]);
  });

  test('small steps add up without loss', () => {
    const arbiter = arbiterWith({ a: 'full' });
    const notches = Array.from({ length: 100 }, () => arbiter.handle('a', pixels(10)).length);
    assert.equal(
      notches.reduce((sum, n) => sum + n),
      10,
    );
  });

  test('notches are sent one per packet, on both axes, up to a limit', () => {
    const arbiter = arbiterWith({ a: 'full' });
    assert.deepEqual(arbiter.handle('a', { kind: 'wheelNotches', dx: -1, dy: 2 }), [
      { kind: 'scroll', amount: 120 },
      { kind: 'scroll', amount: 120 },
      { kind: 'hscroll', amount: -120 },
    ]);
    assert.equal(arbiter.handle('a', { kind: 'wheelNotches', dx: 0, dy: 127 }).length, 20);
  });

  test('a host that takes small steps gets them in its own unit, without loss', () => {
    const arbiter = arbiterWith({ a: 'full' }, { fineWheel: true });
    assert.deepEqual(arbiter.handle('a', pixels(1)), [{ kind: 'scroll', amount: 1 }]);
    assert.deepEqual(arbiter.handle('a', pixels(4)), [{ kind: 'scroll', amount: 5 }]);
    assert.deepEqual(arbiter.handle('a', pixels(-100)), [{ kind: 'scroll', amount: -120 }]);
    assert.deepEqual(arbiter.handle('a', { kind: 'wheelNotches', dx: 2, dy: 0 }), [{ kind: 'hscroll', amount: 240 }]);
    assert.deepEqual(arbiter.handle('a', pixels(32_767)), [{ kind: 'scroll', amount: 2400 }]);
  });

  test('fractions are kept per viewer', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    arbiter.handle('a', pixels(60));
    assert.deepEqual(arbiter.handle('b', pixels(60)), []);
  });
});

describe('touch', () => {
  test('the same pointer id of two viewers is two fingers at the host', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    const ids = [...arbiter.handle('a', touch('down', 7)), ...arbiter.handle('b', touch('down', 7))].map((packet) => {
      assert.ok(packet.kind === 'touch');
      assert.equal(packet.rotation, 0);
      return packet.pointerId;
    });
    assert.notEqual(ids[0], ids[1]);
    const left = arbiter.leave('a');
    assert.equal(left.length, 1);
    assert.ok(left[0]?.kind === 'touch' && left[0].event === 'cancel' && left[0].pointerId === ids[0]);
  });

  test('a finger that is not down cannot move or lift', () => {
    const arbiter = arbiterWith({ a: 'full' });
    assert.deepEqual(arbiter.handle('a', touch('move', 1)), []);
    assert.deepEqual(arbiter.handle('a', touch('up', 1)), []);
  });

  test('a viewer can have sixteen fingers down at most, and can still lift them', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    for (let finger = 0; finger < 16; finger += 1) assert.equal(arbiter.handle('a', touch('down', finger)).length, 1);
    assert.deepEqual(arbiter.handle('a', touch('down', 16)), []);
    assert.equal(arbiter.handle('b', touch('down', 16)).length, 1);
    assert.equal(arbiter.handle('a', touch('up', 0)).length, 1);
    assert.equal(arbiter.handle('a', touch('down', 16)).length, 1);
  });

  test('on a host without touch the first finger is the mouse', () => {
    const arbiter = arbiterWith({ a: 'full' }, { touch: false });
    const at = (x: number, y: number) => ({ kind: 'mousePosition', x, y, width: 32767, height: 32767 });
    assert.deepEqual(arbiter.handle('a', touch('down', 3, 0, 1)), [at(0, 32766), { kind: 'mouseDown', button: 1 }]);
    assert.deepEqual(arbiter.handle('a', touch('down', 4)), []);
    assert.deepEqual(arbiter.handle('a', touch('move', 3, 0.5, 0.5)), [at(16383, 16383)]);
    assert.deepEqual(arbiter.handle('a', touch('move', 4)), []);
    assert.deepEqual(arbiter.handle('a', touch('up', 3, 0.5, 0.5)), [at(16383, 16383), { kind: 'mouseUp', button: 1 }]);
  });

  test("a tap does not disturb another viewer's drag", () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' }, { touch: false });
    arbiter.handle('a', button(true));
    assert.deepEqual(arbiter.handle('b', touch('down', 1)), []);
    assert.deepEqual(arbiter.handle('b', touch('up', 1)), []);
  });

  test('an emulated touch is released when its viewer leaves', () => {
    const arbiter = arbiterWith({ a: 'full' }, { touch: false });
    arbiter.handle('a', touch('down', 1));
    assert.deepEqual(arbiter.leave('a'), [{ kind: 'mouseUp', button: 1 }]);
  });
});

describe('gamepads', () => {
  test('each gets its own slot, an arrival and a state with the mask', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'gamepad' });
    assert.deepEqual(arbiter.handle('a', add(0, 0xff)), [
      { kind: 'controllerArrival', number: 0, type: 1, capabilities: 7, supportedButtons: 0xf3ff },
      { kind: 'controllerState', number: 0, activeMask: 1, buttons: 0, ...still },
    ]);
    arbiter.handle('b', add(0));
    assert.deepEqual(arbiter.handle('b', state(0, 0x1000)), [
      { kind: 'controllerState', number: 1, activeMask: 3, buttons: 0x1000, ...still },
    ]);
    assert.deepEqual(arbiter.leave('a'), [{ kind: 'controllerState', number: 0, activeMask: 2, buttons: 0, ...still }]);
    assert.equal(arbiter.gamepadMask, 2);
    assert.equal(arbiter.handle('b', add(1))[0]?.kind, 'controllerArrival');
    assert.equal(arbiter.gamepadMask, 3);
  });

  test("a silent viewer's gamepads are released but stay plugged in", () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    arbiter.handle('a', add(0));
    arbiter.handle('a', state(0, 0x1000));
    arbiter.handle('a', add(1));
    arbiter.handle('a', { kind: 'key', down: true, modifiers: 0, virtualKey: 0x41 });
    assert.deepEqual(arbiter.release('a'), [
      { kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 },
      { kind: 'controllerState', number: 0, activeMask: 3, buttons: 0, ...still },
    ]);
    assert.deepEqual(arbiter.release('a'), []);
    assert.deepEqual(arbiter.handle('a', state(0, 0x2000)), [
      { kind: 'controllerState', number: 0, activeMask: 3, buttons: 0x2000, ...still },
    ]);
  });

  test("rumble goes to the owner under the owner's number", () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full' });
    arbiter.handle('a', add(0));
    arbiter.handle('b', add(2));
    assert.deepEqual(arbiter.feedback({ type: 'rumble', controller: 1, low: 5, high: 6 }), {
      viewer: 'b',
      feedback: { kind: 'rumble', id: 2, low: 5, high: 6 },
    });
    assert.deepEqual(arbiter.feedback({ type: 'triggerRumble', controller: 0, left: 7, right: 8 }), {
      viewer: 'a',
      feedback: { kind: 'triggerRumble', id: 0, left: 7, right: 8 },
    });
    assert.equal(arbiter.feedback({ type: 'rumble', controller: 9, low: 1, high: 1 }), null);
    assert.equal(arbiter.feedback({ type: 'hdrMode', enabled: false, metadata: null }), null);
  });

  test('one viewer can have four slots at most, all viewers sixteen', () => {
    const arbiter = arbiterWith({ a: 'full', b: 'full', c: 'full', d: 'full', e: 'full' });
    for (const viewer of ['a', 'b', 'c', 'd']) {
      for (let id = 0; id < 4; id += 1) assert.equal(arbiter.handle(viewer, add(id)).length, 2);
      assert.deepEqual(arbiter.handle(viewer, add(4)), []);
    }
    assert.deepEqual(arbiter.handle('e', add(0)), []);
    assert.equal(arbiter.gamepadMask, 0xffff);
  });

  test('they arrive again at a new host session, in their present state', () => {
    const arbiter = arbiterWith({ a: 'full' });
    arbiter.handle('a', add(0));
    arbiter.releaseAll();
    assert.deepEqual(arbiter.handle('a', state(0, 0x2000)), []);
    assert.deepEqual(arbiter.handle('a', add(1)), []);
    const states = arbiter
      .hostUp({ touch: false, fineWheel: false })
      .filter((packet) => packet.kind === 'controllerState');
    assert.deepEqual(
      states.map((packet) => [packet.number, packet.activeMask, packet.buttons]),
      [
        [0, 3, 0],
        [0, 3, 0x2000],
        [1, 3, 0],
      ],
    );
  });
});

describe('roles', () => {
  test('watch allows nothing, gamepad only controllers, unknown viewers nothing', () => {
    const arbiter = arbiterWith({ watcher: 'watch', player: 'gamepad' });
    const text: ViewerInput = { kind: 'text', text: 'a' };
    const locks: ViewerInput = { kind: 'lockKeys', capsLock: true, numLock: true, scrollLock: true };
    for (const event of [key(true, 0x41), text, locks, move, button(true), touch('down', 1), add(0)]) {
      assert.deepEqual(arbiter.handle('watcher', event), []);
      assert.deepEqual(arbiter.handle('nobody', event), []);
      assert.equal(arbiter.handle('player', event).length, event.kind === 'controllerAdd' ? 2 : 0);
    }
  });
});

describe('loss of the host', () => {
  test('held keys are forgotten on both sides', () => {
    const arbiter = arbiterWith({ a: 'full' });
    arbiter.handle('a', key(true, 0x41));
    assert.deepEqual(arbiter.releaseAll(), [{ kind: 'keyUp', keyCode: 0x41, modifiers: 0, flags: 0 }]);
    assert.deepEqual(arbiter.handle('a', key(true, 0x42)), []);
    assert.deepEqual(arbiter.hostUp({ touch: false, fineWheel: false }), []);
    assert.deepEqual(arbiter.handle('a', key(false, 0x41)), []);
    assert.deepEqual(arbiter.handle('a', key(false, 0x42)), []);
    assert.equal(arbiter.handle('a', key(true, 0x41)).length, 1);
  });
});
