import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inputRequestSchema, MAX_INPUT_EVENTS, viewerInputSchema } from './index.ts';

const read = (event: unknown) => viewerInputSchema.safeParse(event).success;

test('each kind is accepted, and omitted fields get harmless values', () => {
  const key = viewerInputSchema.parse({ kind: 'key', virtualKey: 65, down: true });
  assert.deepEqual(key, { kind: 'key', virtualKey: 65, down: true, modifiers: 0 });
  const pad = viewerInputSchema.parse({ kind: 'controllerState', id: 0 });
  assert.ok(Object.entries(pad).every(([name, value]) => name === 'kind' || value === 0));
  assert.equal(read({ kind: 'mousePosition', x: 640, y: 0, width: 640, height: 360 }), true);
});

test('input that no host could be sent is refused', () => {
  for (const event of [
    { kind: 'mousePosition', x: 641, y: 0, width: 640, height: 360 },
    { kind: 'mousePosition', x: -1, y: 0, width: 640, height: 360 },
    { kind: 'mouseMove', dx: 0.5, dy: 0 },
    { kind: 'mouseMove', dx: 40_000, dy: 0 },
    { kind: 'key', virtualKey: 0, down: true },
    { kind: 'text', text: '' },
    { kind: 'text', text: 'x'.repeat(2000) },
    { kind: 'touch', event: 'down', pointerId: 1, x: 1.1, y: 0 },
    { kind: 'controllerAdd', id: 16 },
  ]) {
    assert.equal(read(event), false, JSON.stringify(event));
  }
});

test('what is accepted means the same when it is sent again, and no more than a request may have is accepted', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('lockKeys'), capsLock: fc.option(fc.boolean()) }, { requiredKeys: ['kind'] }),
    fc.record({ kind: fc.constant('key'), down: fc.boolean(), virtualKey: fc.nat(300) }),
    fc.record({ kind: fc.constant('controllerState'), id: fc.nat(20) }),
    fc.record({
      kind: fc.constant('mousePosition'),
      x: fc.nat(9),
      y: fc.nat(9),
      width: fc.nat(20),
      height: fc.nat(20),
    }),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 3 }), (events) => {
      const { data } = inputRequestSchema.safeParse({ events });
      if (data === undefined) return;
      accepted++;
      assert.deepEqual(inputRequestSchema.parse(data), data);
    }),
  );
  assert.ok(accepted > 0);
  const many = Array.from({ length: MAX_INPUT_EVENTS + 1 }, () => ({ kind: 'mouseMove', dx: 0, dy: 0 }));
  assert.equal(inputRequestSchema.safeParse({ events: many }).success, false);
});

test('the texts of a request are limited to what may be typed at once', () => {
  const texts = (...lengths: number[]) =>
    inputRequestSchema.safeParse({ events: lengths.map((length) => ({ kind: 'text', text: 'x'.repeat(length) })) });
  assert.ok(texts(1024, 1024, 1024, 1024).success);
  const { error } = texts(1024, 1024, 1024, 1024, 1);
  assert.match(error!.message, /4096 characters in total/);
});
