import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientIdOf, isSameUser } from './client-id.ts';

test('two users who call themselves the same are two clients, and two clients of one user are of one user', () => {
  const [first, second] = [1, 12].map((ownerId) => clientIdOf({ client: 'desk', ownerId }));
  const shared = clientIdOf({ client: 'desk', ownerId: null });
  assert.equal(new Set([first, second, shared]).size, 3);
  assert.ok(isSameUser(first!, clientIdOf({ client: 'phone', ownerId: 1 })));
  assert.ok(isSameUser(shared, clientIdOf({ client: 'phone', ownerId: null })));
  assert.ok(!isSameUser(first!, second!) && !isSameUser(first!, shared) && !isSameUser(shared, second!));
});
