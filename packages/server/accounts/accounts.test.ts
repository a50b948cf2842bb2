import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, MoonshareError } from '@moonshare/contract';
import { openDatabase } from '../store/database.ts';
import { Accounts } from './accounts.ts';
import { LiveGrants } from './live-grants.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { SESSION_MS } from './sessions.ts';

/** For hashes that nobody tries to guess. */
const CHEAP = { passwordCost: 2 ** 4 };

function open(
  context: TestContext,
  options: { passwordCost?: number } = CHEAP,
): { accounts: Accounts; stored: () => string; digests: () => string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-accounts-'));
  const database = openDatabase(directory);
  context.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  const tables = ['users', 'sessions', 'api_tokens', 'join_links'];
  const stored = () =>
    JSON.stringify(
      tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all()),
      (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value),
    );
  /** Of all secrets, in hex. */
  const digests = () =>
    ['sessions', 'api_tokens', 'join_links'].flatMap((table) =>
      database
        .prepare(`SELECT hex(digest) AS digest FROM ${table}`)
        .all()
        .map((row) => String(row.digest).toLowerCase()),
    );
  return { accounts: new Accounts(database, undefined, options), stored, digests };
}

/** The only thing that is stored of a secret. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function code(expected: ErrorCode) {
  return (error: unknown) => error instanceof MoonshareError && error.code === expected;
}

/** The part that must not be stored; it is base64url, so it may contain the separator. */
const secretOf = (text: string) => text.slice(-43);

const anna = { name: 'anna', role: 'user', password: 'correct horse' } as const;

test('a password is verified with the salt and parameters stored with it', async () => {
  const [first, second] = await Promise.all([hashPassword('secret'), hashPassword('secret')]);
  assert.notEqual(first, second);
  assert.match(first, /^scrypt\$32768\$8\$1\$/);
  assert.deepEqual(
    await Promise.all([verifyPassword('secret', first), verifyPassword('Secret', first), verifyPassword('', first)]),
    [true, false, false],
  );
  // RFC 7914 §12: different parameters from today's.
  const hash =
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';
  const salt = Buffer.from('SodiumChloride').toString('base64url');
  const vector = `scrypt$16384$8$1$${salt}$${Buffer.from(hash, 'hex').toString('base64url')}`;
  assert.equal(await verifyPassword('pleaseletmein', vector), true);
  for (const garbage of ['', 'x', 'scrypt$1$1$1$$']) assert.equal(await verifyPassword('', garbage), false);
});

test('only the first start creates an admin', async (context) => {
  const { accounts, stored } = open(context, {});
  const first = await accounts.users.createFirstAdmin();
  assert.ok(first !== null && first.password.length >= 20);
  assert.equal((await accounts.users.authenticate(first.name, first.password))?.role, 'admin');
  assert.equal(await accounts.users.createFirstAdmin(), null);
  assert.ok(!stored().includes(first.password));
  assert.ok(stored().includes('scrypt$32768$8$1$'), 'at full cost');
});

test('a user is found by name in any case, and authenticated by the password', async (context) => {
  const { accounts } = open(context);
  await accounts.users.create(anna);
  assert.equal((await accounts.users.authenticate('ANNA', anna.password))?.name, 'anna');
  assert.equal(await accounts.users.authenticate('anna', 'wrong'), null);
  assert.equal(await accounts.users.authenticate('nobody', anna.password), null);
  await assert.rejects(accounts.users.create({ ...anna, name: 'Anna' }), code('USER_EXISTS'));
});

test('the last admin cannot be removed or demoted', async (context) => {
  const { accounts } = open(context);
  await accounts.users.createFirstAdmin();
  assert.throws(() => accounts.users.remove('admin'), code('LAST_ADMIN'));
  await assert.rejects(accounts.users.change('admin', { role: 'viewer' }), code('LAST_ADMIN'));
  await accounts.users.create({ ...anna, role: 'admin' });
  await accounts.users.change('admin', { role: 'viewer' });
  assert.throws(() => accounts.users.remove('nobody'), code('USER_NOT_FOUND'));
});

test('a session ends by expiry, by logout, with its user, and with a new password', async (context) => {
  const { accounts, stored, digests } = open(context);
  await accounts.users.create(anna);
  const user = accounts.users.byName('anna')!;
  const login = () => accounts.sessions.create(user).secret;
  const now = Date.now();
  const [timed, loggedOut, changed] = [login(), login(), login()];
  assert.ok(!stored().includes(secretOf(timed)));
  assert.deepEqual(digests(), [timed, loggedOut, changed].map(secretOf).map(sha256));
  assert.equal(accounts.sessions.find(timed, now)?.user.name, 'anna');
  assert.equal(accounts.sessions.find(timed, now + SESSION_MS + 60_000), null);
  accounts.sessions.remove(accounts.sessions.find(loggedOut)!);
  assert.equal(accounts.sessions.find(loggedOut), null);
  await accounts.users.change('anna', { password: 'another one' });
  assert.equal(accounts.sessions.find(changed), null);
  const last = login();
  accounts.users.remove('anna');
  assert.equal(accounts.sessions.find(last), null);
});

test('a secret opens only what it was made for', async (context) => {
  const { accounts } = open(context);
  await accounts.users.create(anna);
  const { secret } = accounts.sessions.create(accounts.users.byName('anna')!);
  const { token } = accounts.tokens.create({
    name: 'ci',
    scopes: ['admin'],
    expiresInSeconds: 60,
    user: null,
    madeWith: null,
  });
  assert.equal(accounts.tokens.find(secret.replace('mss', 'mst')), null);
  assert.equal(accounts.sessions.find(token), null);
  for (const wrong of [`${token}x`, token.slice(0, -1), token.replace('_1_', '_2_'), '', 'mst_1_', 'mst_99999_x']) {
    assert.equal(accounts.tokens.find(wrong), null);
  }
});

test('an API token is stored as a digest, expires, and is revoked by its owner or an admin', async (context) => {
  const { accounts, stored, digests } = open(context);
  await accounts.users.create(anna);
  const user = accounts.users.byName('anna')!;
  const now = Date.now();
  const made = accounts.tokens.create(
    { name: 'ci', scopes: ['streamers:read'], expiresInSeconds: 60, user, madeWith: null },
    now,
  );
  assert.ok(!stored().includes(secretOf(made.token)));
  assert.deepEqual(digests(), [sha256(secretOf(made.token))]);
  assert.deepEqual(accounts.tokens.find(made.token, now + 59_000)?.scopes, ['streamers:read']);
  assert.equal(accounts.tokens.find(made.token, now + 60_000), null);
  const { token, ...info } = made;
  assert.deepEqual(accounts.tokens.list(), [info]);
  const other = { ...user, id: user.id + 1 };
  assert.deepEqual(accounts.tokens.list(other), []);
  assert.throws(() => accounts.tokens.remove(made.id, other), code('TOKEN_NOT_FOUND'));
  accounts.tokens.remove(made.id, user);
  assert.equal(accounts.tokens.find(token, now), null);
});

test('a link can be used only as often as it allows, and needs its PIN', async (context) => {
  const { accounts, stored, digests } = open(context);
  const wanted = {
    streamerId: 'a',
    role: 'gamepad',
    expiresInSeconds: 60,
    pin: '47 11',
    grantor: { user: null, token: null },
  } as const;
  const { info, token } = await accounts.links.create({ ...wanted, maxUses: 2 });
  // With a space, because stored times may contain any four digits.
  assert.ok(!stored().includes(secretOf(token)) && !stored().includes('47 11'));
  assert.deepEqual(digests(), [sha256(secretOf(token))]);
  const link = accounts.links.find(token)!;
  assert.deepEqual([link.role, link.streamerId, link.hasPin], ['gamepad', 'a', true]);
  assert.deepEqual(
    [await accounts.links.pinIsRight(link, '47 11'), await accounts.links.pinIsRight(link, '47 12')],
    [true, false],
  );
  accounts.links.use(link);
  accounts.links.use(link);
  assert.throws(() => accounts.links.use(link), code('LINK_USED_UP'));
  assert.deepEqual(accounts.links.list('a'), [{ ...info, uses: 2 }]);
  assert.equal(accounts.links.find(token, Date.now() + 60_000), null);
  assert.throws(() => accounts.links.remove('b', info.id), code('LINK_NOT_FOUND'));
  accounts.links.removeAll('a');
  assert.equal(accounts.links.find(token), null);
});

test('what a grant has open ends with the grant', async (context) => {
  const { accounts } = open(context);
  await accounts.users.create(anna);
  const user = accounts.users.byName('anna')!;
  const now = Date.now();
  const { secret } = accounts.sessions.create(user, now);
  const session = accounts.sessions.find(secret)!;
  const { info } = await accounts.links.create(
    { streamerId: 'a', role: 'watch', expiresInSeconds: 60, maxUses: null, grantor: { user: null, token: null } },
    now,
  );
  const token = accounts.tokens.create(
    { name: 'ci', scopes: ['admin'], expiresInSeconds: 60, user, madeWith: null },
    now,
  );
  const ended: string[] = [];
  for (const grants of [[session.grant], [`link:${info.id}`, 'seat:1'], [`token:${token.id}`], [user.grant]]) {
    assert.equal(accounts.hold(grants, now), true);
    accounts.live.add(grants, () => ended.push(grants[0]!));
  }
  accounts.endExpired(now);
  assert.deepEqual(ended, []);
  accounts.sessions.remove(session);
  accounts.links.remove('a', info.id);
  accounts.tokens.remove(token.id);
  await accounts.users.change('anna', { role: 'viewer' });
  assert.deepEqual(ended, [session.grant, `link:${info.id}`, `token:${token.id}`, user.grant]);
  for (const grant of [...ended, 'nonsense', '', 'user:x']) assert.equal(accounts.hold([grant], now), false, grant);
});

test('what a grant has open ends when the grant expires', async (context) => {
  const { accounts } = open(context);
  const now = Date.now();
  const { info } = await accounts.links.create(
    { streamerId: 'a', role: 'watch', expiresInSeconds: 60, maxUses: null, grantor: { user: null, token: null } },
    now,
  );
  let ended = false;
  accounts.live.add([`link:${info.id}`], () => {
    ended = true;
  });
  accounts.endExpired(now + 59_999);
  assert.equal(ended, false);
  accounts.endExpired(now + 60_000);
  assert.equal(ended, true);
});

test('what has already ended by itself is not ended again', () => {
  const live = new LiveGrants();
  const forget = live.add(['link:1', 'seat:1'], () => assert.fail('ended twice'));
  assert.deepEqual(live.held, ['link:1', 'seat:1']);
  forget();
  live.revoke('link:1');
  assert.deepEqual(live.held, []);
});
