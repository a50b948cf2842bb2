import assert from 'node:assert/strict';
import test from 'node:test';
import { GamepadTracker } from './gamepad-tracker.ts';

function pad(index: number, a = false) {
  return {
    index,
    id: 'one kind',
    mapping: 'standard',
    buttons: [{ pressed: a, value: a ? 1 : 0 }],
    axes: [0, 0, 0, 0],
  };
}

const kinds = (events: { kind: string; id?: number }[]) => events.map((event) => `${event.kind} ${event.id}`);

test('a gamepad is added once, then only changes are sent', () => {
  const tracker = new GamepadTracker((pad) => pad);
  assert.deepEqual(kinds(tracker.poll([pad(0)], 0)), ['controllerAdd 0']);
  assert.deepEqual(tracker.poll([pad(0)], 16), []);
  assert.deepEqual(kinds(tracker.poll([pad(0, true)], 32)), ['controllerState 0']);
  assert.deepEqual(tracker.poll([pad(0, true)], 48), []);
});

test('an unchanged state is repeated twice, because its channel resends nothing', () => {
  const tracker = new GamepadTracker((pad) => pad);
  tracker.poll([pad(0)], 0);
  tracker.poll([pad(0, true)], 100);
  tracker.poll([pad(0, false)], 116);
  const later = Array.from({ length: 60 }, (_, i) => tracker.poll([pad(0, false)], 132 + i * 16).length);
  assert.equal(
    later.reduce((a, b) => a + b, 0),
    2,
  );
});

test('IDs are the lowest free ones and stay with their gamepad', () => {
  const tracker = new GamepadTracker((pad) => pad);
  assert.deepEqual(kinds(tracker.poll([null, pad(1), null, pad(3)], 0)), ['controllerAdd 0', 'controllerAdd 1']);
  assert.equal(tracker.indexOf(1), 3);
  assert.deepEqual(kinds(tracker.poll([null, null, null, pad(3)], 16)), ['controllerRemove 0']);
  assert.deepEqual(kinds(tracker.poll([null, null, pad(2), pad(3)], 32)), ['controllerAdd 0']);
  assert.equal(tracker.indexOf(0), 2);
  assert.equal(tracker.indexOf(9), null);
});

test('there are sixteen IDs', () => {
  const tracker = new GamepadTracker((pad) => pad);
  const pads = Array.from({ length: 20 }, (_, i) => pad(i));
  assert.equal(tracker.poll(pads, 0).length, 16);
  assert.deepEqual(tracker.poll(pads, 16), []);
});

test('rest releases everything, and the next poll sends what is pressed', () => {
  const tracker = new GamepadTracker((pad) => pad);
  tracker.poll([pad(0)], 0);
  tracker.poll([pad(0, true)], 16);
  const [rested] = tracker.rest(20);
  assert.equal(rested?.kind === 'controllerState' && rested.buttons, 0);
  assert.equal(tracker.poll([pad(0, true)], 32).length, 1);
});

test('announce sends everything again, clear removes all controllers', () => {
  const tracker = new GamepadTracker((pad) => pad);
  tracker.poll([pad(0), pad(1)], 0);
  tracker.poll([pad(0), pad(1, true)], 16);
  const events = tracker.announce(1000);
  assert.deepEqual(kinds(events), ['controllerAdd 0', 'controllerState 0', 'controllerAdd 1', 'controllerState 1']);
  assert.deepEqual(kinds(tracker.clear()), ['controllerRemove 0', 'controllerRemove 1']);
  assert.deepEqual(tracker.announce(1100), []);
});

test('the state of a gamepad held still while connecting is repeated, as the first may be lost', () => {
  const tracker = new GamepadTracker((pad) => pad);
  tracker.poll([pad(0, true)], 0);
  for (const now of [60, 220, 900]) tracker.poll([pad(0, true)], now);
  tracker.announce(1000);
  assert.deepEqual(kinds(tracker.poll([pad(0, true)], 1060)), ['controllerState 0']);
  assert.deepEqual(kinds(tracker.poll([pad(0, true)], 1220)), ['controllerState 0']);
  assert.deepEqual(kinds(tracker.poll([pad(0, true)], 1400)), []);
});

test('an unknown gamepad is listed but not read, and plays as soon as its layout is known', () => {
  let isKnown = false;
  const tracker = new GamepadTracker((found) => (isKnown ? found : null));
  assert.deepEqual(tracker.poll([pad(0, true)], 0), []);
  assert.deepEqual(tracker.pads, [{ index: 0, id: 'one kind', status: { kind: 'unsupported' } }]);
  assert.deepEqual(tracker.announce(10), []);
  assert.deepEqual(tracker.rest(10), []);
  isKnown = true;
  assert.deepEqual(kinds(tracker.poll([pad(0, true)], 20)), ['controllerAdd 0', 'controllerState 0']);
  isKnown = false;
  assert.deepEqual(kinds(tracker.poll([pad(0, true)], 30)), ['controllerRemove 0']);
  assert.deepEqual(tracker.clear(), []);
});

test('a different gamepad at the same index is a new one, and a disconnected one does not count', () => {
  const tracker = new GamepadTracker((found) => found);
  tracker.poll([pad(0, true)], 0);
  const other = { ...pad(0), id: 'another kind' };
  assert.deepEqual(kinds(tracker.poll([other], 16)), ['controllerRemove 0', 'controllerAdd 0']);
  assert.deepEqual(kinds(tracker.poll([{ ...other, connected: false }], 32)), ['controllerRemove 0']);
});

test('two gamepads of one kind are two players; a fifth asks again when one leaves, or after a while', () => {
  const tracker = new GamepadTracker((found) => found);
  const five = [0, 1, 2, 3, 4].map((index) => pad(index));
  tracker.poll(five, 0);
  tracker.players([0, 1, 2, 3].map((id) => ({ id, player: id + 5 })));
  assert.deepEqual(
    tracker.pads.map(({ status }) => (status.kind === 'player' ? status.number : status.kind)),
    [5, 6, 7, 8, 'no place'],
  );
  assert.deepEqual(tracker.poll(five, 1000), []);
  assert.deepEqual(kinds(tracker.poll(five, 5000)), ['controllerAdd 4']);
  assert.deepEqual(kinds(tracker.poll([null, ...five.slice(1)], 5016)), ['controllerRemove 0', 'controllerAdd 4']);
  tracker.players([1, 2, 3, 4].map((id) => ({ id, player: id + 4 })));
  assert.deepEqual(tracker.pads.at(-1)!.status, { kind: 'player', number: 8 });
});
