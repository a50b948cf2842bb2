import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewerInputSchema } from '@moonshare/contract';
import fc from 'fast-check';
import { parseAction, type Step, stepsOf } from './index.ts';
import { modelAction, PICTURE } from './testing/actions.ts';

const STREAM = { width: 1920, height: 1080 };

function plan(written: unknown): { isPress: boolean; steps: Step[] } {
  const parsed = parseAction(written, { picture: PICTURE, path: 'actions.0' });
  assert.ok(parsed.isValid, `${JSON.stringify(written)}: ${parsed.isValid || parsed.error.message}`);
  const { action } = parsed;
  const steps = stepsOf(action, { picture: PICTURE, stream: STREAM, pointer: null, typing: 'keys' });
  return { isPress: action.kind === 'button', steps };
}

test('what an action presses it releases, in the order of a keyboard, and nothing twice', () => {
  fc.assert(
    fc.property(modelAction, (written) => {
      const { isPress, steps } = plan(written);
      const down = new Set<string>();
      for (const event of steps.flatMap((step) => (step.type === 'input' ? step.events : []))) {
        if (event.kind !== 'key' && event.kind !== 'mouseButton') continue;
        const name = event.kind === 'key' ? `key ${event.virtualKey}` : `button ${event.button}`;
        if (isPress) continue;
        assert.equal(down.has(name), !event.down, `${name} goes ${event.down ? 'down' : 'up'} and is so already`);
        if (event.down) down.add(name);
        else down.delete(name);
      }
      assert.deepEqual([...down], []);
    }),
    { numRuns: 2000 },
  );
});

test('every step is input that a streamer takes, inside of the picture, and waits are short', () => {
  fc.assert(
    fc.property(modelAction, (written) => {
      for (const step of plan(written).steps) {
        if (step.type === 'wait') assert.ok(step.ms >= 0 && step.ms <= 300_000);
        if (step.type === 'screenshot' && step.region !== null) {
          const { x, y, width, height } = step.region;
          assert.ok(x >= 0 && y >= 0 && width > 0 && height > 0, JSON.stringify(step.region));
          assert.ok(x + width <= STREAM.width && y + height <= STREAM.height, JSON.stringify(step.region));
        }
        if (step.type !== 'input') continue;
        for (const event of step.events) {
          assert.ok(viewerInputSchema.safeParse(event).success, JSON.stringify(event));
          if (event.kind === 'mousePosition') assert.ok(event.x < STREAM.width && event.y < STREAM.height);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('whatever is sent as an action is read, or refused with a code and the field that is wrong', () => {
  const nearly = fc.tuple(modelAction, fc.string(), fc.anything()).map(([action, field, value]) => ({
    ...(action as object),
    [field]: value,
  }));
  const broken = fc.tuple(modelAction, fc.nat(), fc.anything()).map(([action, index, value]) => {
    const entries = Object.entries(action as object);
    return Object.fromEntries(entries.map(([key, old], at) => [key, at === index % entries.length ? value : old]));
  });
  const codes = new Set<string>();
  fc.assert(
    fc.property(fc.oneof(fc.anything(), nearly, broken), (written) => {
      const parsed = parseAction(written, { picture: PICTURE, path: 'actions.7' });
      if (parsed.isValid) return;
      const { code, message, details } = parsed.error;
      codes.add(code);
      assert.match(String(details?.field), /^actions\.7/);
      assert.ok(message.length < 2000, message);
    }),
    { numRuns: 5000 },
  );
  assert.ok(codes.has('BAD_REQUEST'));
});
