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

test('any input is either accepted or refused with a reason', () => {
  const name = fc.constantFrom('kind', 'down', 'text', 'x', 'y', 'width', 'height', 'id', 'virtualKey', 'button');
  const value = fc.oneof(fc.constantFrom('key', 'text', 'touch', 'mousePosition'), fc.jsonValue());
  fc.assert(
    fc.property(fc.array(fc.dictionary(name, value), { maxLength: 5 }), (events) => {
      const result = inputRequestSchema.safeParse({ events });
      assert.ok(result.success || result.error.issues.length > 0);
    }),
  );
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
