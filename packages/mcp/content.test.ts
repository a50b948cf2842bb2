import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf } from './content.ts';

test('pictures in an answer become images, which its JSON refers to', () => {
  const picture = (data: string) => ({ data, media_type: 'image/jpeg', width: 8 });
  const results = [{ status: 'done' }, { status: 'done', screenshot: picture('AAAA') }];
  const [text, ...images] = contentOf({ results, screenshot: picture('BBBB') });
  assert.ok(text?.type === 'text');
  assert.deepEqual(JSON.parse(text.text), {
    results: [{ status: 'done' }, { status: 'done', screenshot: { image: 1, width: 8 } }],
    screenshot: { image: 2, width: 8 },
  });
  assert.deepEqual(images, [
    { type: 'image', data: 'AAAA', mimeType: 'image/jpeg' },
    { type: 'image', data: 'BBBB', mimeType: 'image/jpeg' },
  ]);
});

test('what only looks like a picture stays as it is', () => {
  const value = { data: 'x', media_type: 'text/plain', none: null, list: [{ data: 1, media_type: 'image/png' }] };
  assert.deepEqual(contentOf(value), [{ type: 'text', text: JSON.stringify(value) }]);
});
