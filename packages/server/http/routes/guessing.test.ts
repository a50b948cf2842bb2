// Mostly waits: as long as whoever guesses is told to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type AccountServer, accountServer, codes, PASSWORD } from '../../testing/account-server.ts';
import { type Answer, CREDENTIALS, streamerRequest } from '../../testing/test-server.ts';

/**
 * Tries until it is refused for trying too often, with a wait long enough that an immediate second attempt is refused too. Returns the
 * number of attempts before that, and the refusal.
 */
async function untilLimited(attempt: () => Promise<Answer>): Promise<{ tries: number; limited: Answer }> {
  for (let tries = 0; tries < 40; tries++) {
    const answer = await attempt();
    if (answer.body.code === 'RATE_LIMITED') {
      const seconds = Number(answer.headers.get('retry-after'));
      if (seconds >= 2) return { tries, limited: answer };
      await delay(seconds * 1000);
      continue;
    }
    assert.equal(answer.status, 401);
  }
  return assert.fail('never limited');
}

test('an unknown user and a wrong password get the same answer', async (context) => {
  const { logIn } = await accountServer(context);
  const [unknown, wrong] = [(await logIn('nobody')).answer, (await logIn('a-user', 'wrong')).answer];
  assert.deepEqual(codes(unknown, wrong), [
    [401, 'LOGIN_FAILED'],
    [401, 'LOGIN_FAILED'],
  ]);
  assert.deepEqual(unknown.body, wrong.body);
  assert.equal(unknown.headers.get('set-cookie'), null);
});

test('a PIN is required, and guessing is slowed down even for someone who then knows it', async (context) => {
  const { link, join, call } = await accountServer(context);
  const made = await link({ role: 'watch', pin: '4711', max_uses: 1 });
  assert.deepEqual(codes(await join(made.headers)), [[401, 'PIN_REQUIRED']]);
  assert.deepEqual(codes(await join(made.headers, { pin: '0000' })), [[401, 'PIN_WRONG']]);
  const { tries } = await untilLimited(() => join(made.headers, { pin: '0000' }));
  assert.ok(tries >= 5);
  const limited = await join(made.headers, { pin: '4711' });
  assert.deepEqual(codes(limited), [[429, 'RATE_LIMITED']]);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await call('GET', '/api/streamers/a/links')).body.links[0].uses, 0);
  const other = await link({ role: 'watch' });
  assert.equal((await join(other.headers)).status, 200);
});

test('logins are limited by address, as reported by the trusted proxy', async (context) => {
  const { as } = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const logIn = (from: string, password: string) =>
    as({ 'x-forwarded-for': from }, 'POST', '/api/login', { user: 'a-user', password });
  let host = 0;
  const { tries } = await untilLimited(() => logIn(`2001:db8::${host++}`, 'wrong'));
  assert.ok(tries >= 6);
  const limited = await logIn('2001:db8::ffff', PASSWORD);
  assert.deepEqual(codes(limited), [[429, 'RATE_LIMITED']]);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await logIn('2001:db8:0:1::1', PASSWORD)).status, 200);
});

test('an untrusted address cannot claim another with X-Forwarded-For', async (context) => {
  const { as } = await accountServer(context);
  let host = 0;
  await untilLimited(() =>
    as({ 'x-forwarded-for': `10.0.0.${host++}` }, 'POST', '/api/login', { user: 'a-user', password: 'wrong' }),
  );
});

test('guessing at links is limited, and a valid link does not have to wait', async (context) => {
  const { join, link } = await accountServer(context);
  const made = await link({ role: 'watch' });
  const guess = () => join({ authorization: `Bearer ${made.token.slice(0, -1)}` });
  const { tries, limited } = await untilLimited(guess);
  assert.ok(tries >= 21);
  assert.equal(limited.status, 429);
  assert.ok(Number(limited.headers.get('retry-after')) >= 1);
  assert.equal((await join(made.headers)).status, 200);
});

test('guessing at the shared credentials on sockets is limited, across both kinds of socket', async (context) => {
  const { peer, call } = await accountServer(context);
  const say = async (path: string, credentials: string) => {
    const socket = peer(path);
    await socket.opened;
    socket.send({ AuthenticateAndInit: { credentials, host_id: 0, app_id: 1 } });
    return socket.closed;
  };
  const reasons: string[] = [];
  for (let i = 0; i < 40 && reasons.at(-1) !== 'RATE_LIMITED'; i++) {
    const path = i % 2 === 0 ? '/api/streamers/a/peer' : '/api/host/stream';
    reasons.push((await say(path, `guess ${i}`)).reason);
  }
  assert.ok(reasons.length > 21);
  assert.ok(reasons.slice(0, -1).every((reason) => reason === 'UNAUTHORIZED'));
  assert.deepEqual(await say('/api/streamers/a/peer', CREDENTIALS), { code: 4429, reason: 'RATE_LIMITED' });
  assert.deepEqual(await say('/api/host/stream', CREDENTIALS), { code: 4429, reason: 'RATE_LIMITED' });
  assert.equal((await call('GET', '/api/authenticate')).status, 200);
});

/** A link with the PIN 4711, and the answers to guessing 0000 at it from this address. */
async function pinned(server: AccountServer) {
  const { headers } = await server.link({ role: 'watch', pin: '4711' });
  return async (from: string, pin = '0000') => {
    const { body } = await server.join({ ...headers, 'x-forwarded-for': from }, { pin });
    return body.code ?? 'in';
  };
}

test('guessing PINs is limited by address, whichever links they are for', async (context) => {
  const server = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const [one, other] = [await pinned(server), await pinned(server)];
  const codesSeen: string[] = [];
  for (let i = 0; i < 4; i++) codesSeen.push(await one('10.0.0.1'), await other('10.0.0.1'));
  assert.equal(codesSeen[0], 'PIN_WRONG');
  assert.equal(codesSeen.at(-1), 'RATE_LIMITED');
  assert.equal(await one('10.0.0.2', '4711'), 'in');
});

test('guessing a PIN is limited by link, whoever guesses, and other links are not affected', async (context) => {
  const server = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const [one, other] = [await pinned(server), await pinned(server)];
  const codesSeen: string[] = [];
  for (let i = 0; i < 20 && codesSeen.at(-1) !== 'RATE_LIMITED'; i++) codesSeen.push(await one(`10.0.${i}.1`));
  assert.equal(codesSeen[0], 'PIN_WRONG');
  assert.equal(codesSeen.at(-1), 'RATE_LIMITED');
  assert.equal(await one('10.1.0.1', '4711'), 'RATE_LIMITED');
  assert.equal(await other('10.1.0.1', '4711'), 'in');
});

test('fifty guesses at once get no further than one after another', async (context) => {
  const server = await accountServer(context);
  const guess = await pinned(server);
  const pins = await Promise.all(Array.from({ length: 50 }, () => guess('')));
  const passwords = await Promise.all(Array.from({ length: 50 }, () => server.logIn('a-user', 'wrong')));
  for (const [code, seen] of [
    ['PIN_WRONG', pins],
    ['LOGIN_FAILED', passwords.map(({ answer }) => answer.body.code)],
  ] as const) {
    const through = seen.filter((one) => one === code).length;
    // Five are free; a machine that takes seconds for all fifty lets one or two more through.
    assert.ok(through >= 5 && through <= 10, `${through} of ${code}`);
    assert.equal(seen.filter((one) => one === 'RATE_LIMITED').length, 50 - through);
  }
});

test('an unknown link token, a wrong one and one for another streamer get the same answer', async (context) => {
  const { link, join, call, as } = await accountServer(context);
  const { token, headers, id } = await link({ role: 'watch' });
  const secret = token.slice(-43);
  const wrong = await join({ authorization: `Bearer msl_${id}_${'A'.repeat(43)}` });
  const unknown = await join({ authorization: `Bearer msl_${id + 100}_${secret}` });
  await call('POST', '/api/streamers?wait=false', streamerRequest('b'));
  const elsewhere = await as(headers, 'POST', '/api/streamers/b/token');
  const nowhere = await as(headers, 'POST', '/api/streamers/c/token');
  for (const answer of [wrong, unknown, elsewhere, nowhere]) {
    assert.deepEqual([answer.status, answer.body], [401, wrong.body]);
    assert.equal(answer.body.code, 'UNAUTHORIZED');
  }
});

test('guessing at the shared credentials in a header is limited by address, even where they were shown before, and locks nobody out who has them', async (context) => {
  const { as } = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const from = (address: string, secret: string) => ({ 'x-forwarded-for': address, authorization: `Bearer ${secret}` });
  const ways: [string, string][] = [
    ['GET', '/api/authenticate'],
    ['POST', '/api/streamers/a/token'],
  ];
  let turn = 0;
  const guess = () => {
    const [method, path] = ways[turn++ % ways.length]!;
    return as(from('2001:db8::1', `guess-${turn}`), method, path);
  };
  const { tries, limited } = await untilLimited(guess);
  assert.ok(tries >= 20 && Number(limited.headers.get('retry-after')) >= 1);
  for (const [method, path] of ways) {
    assert.deepEqual(codes(await as(from('2001:db8::2', CREDENTIALS), method, path)), [[429, 'RATE_LIMITED']]);
  }
  // The origin check does not reveal whether they are right.
  for (const secret of [CREDENTIALS, 'guess']) {
    const foreign = { ...from('2001:db8::3', secret), origin: 'https://elsewhere.example' };
    assert.deepEqual(codes(await as(foreign, 'POST', '/api/login')), [[400, 'BAD_REQUEST']]);
  }

  const platform = from('10.0.0.1', CREDENTIALS);
  assert.equal((await as(platform, 'GET', '/api/authenticate')).status, 200);
  for (let i = 0; i < 40; i++) assert.equal((await as(from('10.0.0.1', 'old'), 'GET', '/api/hosts')).status, 401);
  assert.equal((await as(platform, 'GET', '/api/authenticate')).status, 200);
  const guesses = await Promise.all(Array.from({ length: 20 }, () => as(from('10.0.0.1', 'x'), 'GET', '/api/hosts')));
  assert.deepEqual([...new Set(guesses.map(({ body }) => body.code))].sort(), ['RATE_LIMITED', 'UNAUTHORIZED']);
  assert.equal((await as(platform, 'GET', '/api/authenticate')).status, 200);
});

/** The answers to this many guesses at a-user's password from each of these addresses. */
async function guessAt(server: AccountServer, addresses: string[], each: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < each; i++) {
    for (const address of addresses) {
      const headers = { 'x-forwarded-for': address };
      seen.add((await server.as(headers, 'POST', '/api/login', { user: 'a-user', password: `guess ${i}` })).body.code);
    }
  }
  return seen;
}

test('guessing at one account from many addresses slows down those addresses and nobody else', async (context) => {
  const server = await accountServer(context, { MOONSHARE_TRUSTED_PROXIES: '127.0.0.1' });
  const bots = Array.from({ length: 12 }, (_, i) => `10.0.0.${i}`);
  assert.deepEqual(await guessAt(server, bots, 1), new Set(['LOGIN_FAILED']));
  // On its own, each of them would have four more attempts.
  assert.deepEqual(await guessAt(server, bots.slice(0, 1), 2), new Set(['LOGIN_FAILED', 'RATE_LIMITED']));
  const logIn = (address: string, cookie = '') =>
    server.as({ 'x-forwarded-for': address, cookie }, 'POST', '/api/login', { user: 'a-user', password: PASSWORD });
  assert.equal((await logIn('192.0.2.1')).status, 200);
});

test('a browser in which the user has logged in gets in from an address that is slowed down, as behind an unknown proxy', async (context) => {
  const server = await accountServer(context);
  const { answer, cookie } = await server.logIn('a-viewer');
  const device = answer.headers.getSetCookie()[1]!;
  assert.match(device, /^moonshare_device=[\w-]+\.[\w-]+; Path=\/; Max-Age=31622400; HttpOnly; SameSite=Strict$/);
  const log = (user: string, cookie: string) =>
    server.as({ cookie }, 'POST', '/api/login', { user, password: PASSWORD });
  await untilLimited(() => server.as({}, 'POST', '/api/login', { user: 'a-user', password: 'wrong' }));
  assert.deepEqual(codes(await log('a-user', '')), [[429, 'RATE_LIMITED']]);
  // The browser belongs to another user.
  assert.deepEqual(codes(await log('a-user', device.split(';')[0]!)), [[429, 'RATE_LIMITED']]);
  assert.equal((await log('a-viewer', device.split(';')[0]!)).status, 200);
  // A logged-in user can change the password, whatever others try from that address.
  const change = { old_password: PASSWORD, password: `${PASSWORD}!` };
  assert.equal((await server.as(server.page(cookie), 'PUT', '/api/me/password', change)).status, 200);
});
