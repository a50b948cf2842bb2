import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typingMessage } from './typing-panel.ts';

test('the panel shows how far a long text is, how it ended, or why it was not typed', () => {
  assert.equal(typingMessage({ kind: 'idle' }), '');
  const typing = { kind: 'typing', done: 4096, total: 16_000, refused: 0 } as const;
  assert.equal(typingMessage(typing), 'Typing: 4,096 of 16,000 characters');
  assert.match(
    typingMessage({ ...typing, refused: 3000 }),
    /16,000 characters\. A text of 3,000 characters came too soon/,
  );
  assert.match(
    typingMessage({ kind: 'refused', length: 3000, most: 16_384 }),
    /^Not typed: a text of 3,000 characters/,
  );
  const stopped = { kind: 'stopped', done: 4096, total: 16_000 } as const;
  assert.equal(typingMessage({ ...stopped, why: 'asked' }), 'Stopped. 4,096 of 16,000 characters were typed.');
  assert.match(typingMessage({ ...stopped, why: 'disconnected' }), /^The connection was lost. At most 4,096 of/);
  assert.equal(
    typingMessage({ kind: 'refused', length: 20_000, most: 16_384 }),
    'Too long to type: 20,000 characters. The limit is 16,384. Nothing was typed.',
  );
});
