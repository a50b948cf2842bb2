import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientIdOf, isSameUser } from './client-id.ts';

test('the same client ID from two users is two clients, and two clients of one user belong to that user', () => {
  const [first, second] = [1, 12].map((ownerId) => clientIdOf({ client: 'desk', ownerId }));
  const shared = clientIdOf({ client: 'desk', ownerId: null });
  assert.equal(new Set([first, second, shared]).size, 3);
  assert.ok(isSameUser(first!, clientIdOf({ client: 'phone', ownerId: 1 })));
  assert.ok(isSameUser(shared, clientIdOf({ client: 'phone', ownerId: null })));
  assert.ok(!isSameUser(first!, second!) && !isSameUser(first!, shared) && !isSameUser(shared, second!));
});
