import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, ROLE_SCOPES, viewerRole } from './scopes.ts';

test('admin covers everything, any other scope only itself', () => {
  assert.ok(covers(['admin'], 'hosts:write'));
  assert.ok(covers(['hosts:read'], 'hosts:read'));
  assert.ok(!covers(['hosts:write'], 'hosts:read'));
});

test('viewers may watch, users and admins may take part', () => {
  assert.equal(viewerRole(ROLE_SCOPES.viewer), 'watch');
  assert.equal(viewerRole(ROLE_SCOPES.user), 'full');
  assert.equal(viewerRole(ROLE_SCOPES.admin), 'full');
  assert.equal(viewerRole(['hosts:write']), null);
});
