import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, ROLE_SCOPES, requiredScope, viewerRole } from './scopes.ts';

test('each route has its scope, and an unknown one is for admins', () => {
  for (const [method, route, scope] of [
    ['GET', '/api/streamers', 'streamers:read'],
    ['GET', '/api/streamers/:id', 'streamers:read'],
    ['GET', '/api/events', 'streamers:read'],
    ['POST', '/api/streamers', 'streamers:write'],
    ['PUT', '/api/streamers/:id', 'streamers:write'],
    ['POST', '/api/streamers/:id/input', 'streamers:write'],
    ['GET', '/api/streamers/:id/links', 'streamers:write'],
    ['DELETE', '/api/streamers/:id/links/:link', 'streamers:write'],
    ['GET', '/api/hosts', 'hosts:read'],
    ['GET', '/api/host', 'hosts:read'],
    ['GET', '/api/apps', 'hosts:read'],
    ['GET', '/api/app/image', 'hosts:read'],
    ['PUT', '/api/host', 'hosts:write'],
    ['POST', '/api/pair', 'hosts:write'],
    ['POST', '/api/host/wake', 'hosts:write'],
    ['GET', '/api/users', 'admin'],
    ['POST', '/api/hostile', 'admin'],
    ['GET', '/metrics', 'streamers:read'],
    ['GET', '/api/me', null],
    ['POST', '/api/tokens', null],
  ] as const) {
    assert.equal(requiredScope(method, route), scope, `${method} ${route}`);
  }
});

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
