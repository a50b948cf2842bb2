import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, ROLE_SCOPES, viewerRole } from './scopes.ts';

test('admin covers everything, another scope itself alone', () => {
  assert.ok(covers(['admin'], 'hosts:write'));
  assert.ok(covers(['hosts:read'], 'hosts:read'));
  assert.ok(!covers(['hosts:write'], 'hosts:read'));
});

test('a viewer watches, users and admins take part', () => {
  assert.equal(viewerRole(ROLE_SCOPES.viewer), 'watch');
  assert.equal(viewerRole(ROLE_SCOPES.user), 'full');
  assert.equal(viewerRole(ROLE_SCOPES.admin), 'full');
  assert.equal(viewerRole(['hosts:write']), null);
});
