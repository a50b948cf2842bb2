import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Button, controllerAdd, controllerState, neutralState } from './gamepad-state.ts';

const pressed = (...indexes: number[]) =>
  Array.from({ length: 18 }, (_, i) => ({ pressed: indexes.includes(i), value: indexes.includes(i) ? 1 : 0 }));

test('each button of the standard layout has a bit, the triggers have none', () => {
  const bits = pressed().map(
    (_, i) => controllerState(0, { mapping: 'standard', buttons: pressed(i), axes: [] }).buttons,
  );
  assert.deepEqual(bits, [
    Button.A,
    Button.B,
    Button.X,
    Button.Y,
    Button.LB,
    Button.RB,
    0,
    0,
    Button.BACK,
    Button.PLAY,
    Button.LS,
    Button.RS,
    Button.UP,
    Button.DOWN,
    Button.LEFT,
    Button.RIGHT,
    Button.SPECIAL,
    Button.TOUCHPAD,
  ]);
});

test('up is positive, sticks reach both ends of their range, triggers fill a byte', () => {
  const buttons = pressed(7).map((button, i) => (i === 6 ? { pressed: false, value: 0.5 } : button));
  const state = controllerState(3, { mapping: 'standard', buttons, axes: [1, -1, -1, 1] });
  assert.deepEqual(state, {
    kind: 'controllerState',
    id: 3,
    buttons: 0,
    leftTrigger: 128,
    rightTrigger: 255,
    leftX: 32_767,
    leftY: 32_767,
    rightX: -32_768,
    rightY: -32_768,
  });
});

test('a gamepad without axes or buttons is at rest, without negative zeros', () => {
  const state = neutralState(1);
  for (const value of Object.values(state)) assert.ok(!Object.is(value, -0));
  assert.equal(state.leftY, 0);
});

test('whatever a driver reports fits the wire', () => {
  const button = fc.record({ pressed: fc.boolean(), value: fc.double() });
  fc.assert(
    fc.property(fc.array(button, { maxLength: 40 }), fc.array(fc.double(), { maxLength: 8 }), (buttons, axes) => {
      const state = controllerState(0, { mapping: 'standard', buttons, axes });
      for (const stick of [state.leftX, state.leftY, state.rightX, state.rightY]) {
        assert.ok(Number.isInteger(stick) && stick >= -32_768 && stick <= 32_767);
      }
      for (const trigger of [state.leftTrigger, state.rightTrigger]) {
        assert.ok(Number.isInteger(trigger) && trigger >= 0 && trigger <= 255);
      }
    }),
  );
});

test('capabilities are those of the gamepad', () => {
  assert.deepEqual(controllerAdd(2, { buttons: pressed().slice(0, 17), axes: [] }), {
    kind: 'controllerAdd',
    id: 2,
    supportedButtons: 0xf7ff,
    capabilities: 1,
  });
  const capabilities = (vibrationActuator: object) =>
    controllerAdd(0, { buttons: [], axes: [], vibrationActuator }).capabilities;
  assert.equal(capabilities({}), 2);
  assert.equal(capabilities({ effects: ['dual-rumble', 'trigger-rumble'] }), 6);
});

test('a non-standard gamepad is never read as if it were standard', () => {
  // Triggers are axes 2 and 5, at rest -1.
  const pad = { axes: [0, 0, -1, 0, 0, -1, 0, 0], buttons: pressed(0, 7) };
  for (const mapping of [undefined, '', 'xr-standard'])
    assert.deepEqual(controllerState(0, mapping === undefined ? pad : { ...pad, mapping }), neutralState(0));
});
