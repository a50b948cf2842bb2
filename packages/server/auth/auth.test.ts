import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCookie, serverCookie } from './cookies.ts';
import { bearerToken, Credentials } from './credentials.ts';
import { originAllowed } from './origin.ts';
import { type Grant, SOCKET_TOKEN_SECONDS, Tokens } from './tokens.ts';

test('a Bearer header is read whatever the case of the scheme', () => {
  assert.equal(bearerToken('Bearer abc'), 'abc');
  assert.equal(bearerToken('bearer  a.b-c= '), 'a.b-c=');
});

test('a malformed Authorization header gives no token and does not throw', () => {
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer \u0000', 'abc']) {
    assert.equal(bearerToken(header), null);
  }
  fc.assert(fc.property(fc.string(), (header) => typeof (bearerToken(header) ?? '') === 'string'));
});

test('credentials only match themselves', () => {
  const credentials = new Credentials('moon');
  assert.equal(credentials.match('moon'), true);
  for (const wrong of ['', 'moo', 'moons', 'MOON']) assert.equal(credentials.match(wrong), false);
  for (const any of ['', 'undefined', 'null']) assert.equal(new Credentials(undefined).match(any), false);
});

const grant: Grant = { streamerId: 'agent-1', role: 'watch', grants: ['link:1', 'seat:x'], name: null };

test('a token returns what it was issued for', async () => {
  const tokens = new Tokens(randomBytes(32));
  const { token } = await tokens.issue('socket', grant);
  assert.deepEqual(await tokens.verify('socket', token), grant);
});

test('a token of another kind, with another key or expired is not accepted', async () => {
  const tokens = new Tokens(randomBytes(32));
  const now = Date.now();
  const { token, expiresAt } = await tokens.issue('socket', grant, now);
  assert.equal(await tokens.verify('renewal', token), null);
  assert.equal(await new Tokens(randomBytes(32)).verify('socket', token), null);
  assert.equal(await tokens.verify('socket', token, now + (SOCKET_TOKEN_SECONDS + 1) * 1000), null);
  assert.ok(expiresAt.getTime() <= now + SOCKET_TOKEN_SECONDS * 1000);
  for (const garbage of ['', 'a.b.c', `${token}x`, token.slice(0, -2)]) {
    assert.equal(await tokens.verify('socket', garbage), null);
  }
});

test('a socket token is redeemed only once, even by two callers at the same time', async () => {
  const tokens = new Tokens(randomBytes(32));
  const [one, other] = [await tokens.issue('socket', grant), await tokens.issue('socket', grant)];
  const both = await Promise.all([tokens.redeem(one.token), tokens.redeem(one.token)]);
  // Either of them may be the first.
  assert.deepEqual(
    both.filter((redeemed) => redeemed !== null),
    [grant],
  );
  assert.equal(await tokens.redeem(one.token), null);
  assert.deepEqual(await tokens.redeem(other.token), grant);
  assert.equal(await tokens.redeem((await tokens.issue('renewal', grant)).token), null);
});

test('a token with algorithm none is not accepted', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forged = `${part({ alg: 'none' })}.${part({ jti: 'x', sub: 'a', role: 'full', grants: [], aud: 'socket', exp: 9e9 })}.`;
  assert.equal(await new Tokens(randomBytes(32)).verify('socket', forged), null);
});

test('only our own pages and allowed origins may change things', () => {
  const allowed = ['https://platform.example'];
  assert.equal(originAllowed(undefined, 'a:8080', []), true);
  assert.equal(originAllowed('http://a:8080', 'a:8080', []), true);
  assert.equal(originAllowed('https://a', 'a:443', []), true);
  assert.equal(originAllowed('https://platform.example', 'a:8080', allowed), true);
  for (const foreign of ['http://b:8080', 'http://a:8081', 'null', '', 'http://a:8080.evil', 'file://a:8080', '%%']) {
    assert.equal(originAllowed(foreign, 'a:8080', allowed), false, foreign);
  }
});

test('a cookie is read by its name, and not at all if it occurs twice', () => {
  assert.equal(readCookie('a=1; moonshare_session=x_y-z=; b=2', 'moonshare_session'), 'x_y-z=');
  for (const header of [undefined, '', 'moonshare_session', 'moonshare_session=', 'xmoonshare_session=1']) {
    assert.equal(readCookie(header, 'moonshare_session'), null);
  }
  assert.equal(readCookie('moonshare_session=1;moonshare_session=2', 'moonshare_session'), null);
});

test('the session cookie is only for this site and its server', () => {
  assert.equal(
    serverCookie('moonshare_session', 'v', { path: '/moon/', secure: true, maxAgeSeconds: 60 }),
    'moonshare_session=v; Path=/moon/; Max-Age=60; HttpOnly; SameSite=Strict; Secure',
  );
  assert.doesNotMatch(serverCookie('moonshare_session', 'v', { path: '/', secure: false, maxAgeSeconds: 0 }), /Secure/);
});
