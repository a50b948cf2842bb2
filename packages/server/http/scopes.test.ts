// Every route of the API with tokens of every scope.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_SCOPES, requiredScope } from '../auth/index.ts';
import { OPERATIONS } from '../openapi/operations.ts';
import { accountServer } from '../testing/account-server.ts';

/** Something for each parameter that is there for nobody to lose. */
function address(route: string): string {
  return route.replace(':name', 'nobody').replace(/:(id|link)/g, route.startsWith('/api/tokens') ? '99' : 'none');
}

test('without credentials no guarded route answers, and each token reaches what its scope says and nothing else', {
  timeout: 60_000,
}, async (context) => {
  const server = await accountServer(context);
  const admin = server.page((await server.logIn('a-admin')).cookie);
  const status = async (method: string, route: string, authorization: string) => {
    const leaving = new AbortController();
    const headers = { authorization };
    const body = method === 'GET' ? {} : { body: '{' };
    const answer = await fetch(server.url + address(route), { method, headers, signal: leaving.signal, ...body });
    // A stream of events has no end.
    leaving.abort();
    return answer.status;
  };
  const guarded = OPERATIONS.filter(({ open }) => open === undefined);
  assert.ok(guarded.length > 25);
  for (const { method, route } of guarded) {
    for (const authorization of ['', 'Bearer wrong', 'Basic YTpi']) {
      assert.equal(await status(method, route, authorization), 401, `${method} ${route}`);
    }
  }
  for (const scope of ALL_SCOPES) {
    const made = await server.as(admin, 'POST', '/api/tokens', { name: scope, scopes: [scope] });
    for (const { method, route } of guarded) {
      const needed = requiredScope(method, route);
      const may = needed === null || scope === 'admin' || scope === needed;
      const seen = await status(method, route, `Bearer ${made.body.token}`);
      assert.equal(seen === 403, !may, `${method} ${route} with ${scope}: ${seen}`);
      assert.notEqual(seen, 401);
    }
  }
});
