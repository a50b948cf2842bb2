import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type ErrorCode, MoonshareError } from '@moonshare/contract';
import { openDatabase } from '../store/database.ts';
import { PendingWrites } from '../store/pending-writes.ts';
import { Accounts } from './accounts.ts';
import type { ApiToken } from './api-tokens.ts';
import type { User } from './users.ts';

interface Opened {
  accounts: Accounts;
  database: DatabaseSync;
  writes: PendingWrites;
  /** What was reported about the database: a code, or null once it can be written again. */
  told: (ErrorCode | null)[];
  anna: () => User;
  /** A link and what it has open. */
  link(
    grantor: { user?: User; token?: ApiToken },
    role?: 'watch' | 'full',
  ): Promise<{ id: number; token: string; ended: () => boolean }>;
}

async function open(context: TestContext): Promise<Opened> {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-revocations-'));
  const database = openDatabase(directory);
  context.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  const told: (ErrorCode | null)[] = [];
  const writes = new PendingWrites((error) => told.push(error?.code ?? null));
  const accounts = new Accounts(database, writes, { passwordCost: 2 ** 4 });
  for (const role of ['admin', 'user'] as const) {
    await accounts.users.create({ name: role === 'admin' ? 'root' : 'anna', role, password: 'correct horse' });
  }
  return {
    accounts,
    database,
    writes,
    told,
    anna: () => accounts.users.byName('anna')!,
    link: async ({ user = null, token = null }, role = 'full') => {
      const { info, token: secret } = await accounts.links.create({
        streamerId: 'a',
        role,
        expiresInSeconds: 3600,
        maxUses: null,
        grantor: { user, token },
      });
      let ended = false;
      accounts.live.add([`link:${info.id}`], () => {
        ended = true;
      });
      return { id: info.id, token: secret, ended: () => ended };
    },
  };
}

function apiToken(accounts: Accounts, madeWith: ApiToken | null = null, expiresInSeconds = 3600): ApiToken {
  const { token } = accounts.tokens.create({ name: 't', scopes: ['admin'], expiresInSeconds, user: null, madeWith });
  return accounts.tokens.find(token)!;
}

function unwritable(error: unknown): boolean {
  return error instanceof MoonshareError && error.code === 'STORE_UNWRITABLE';
}

test('the links of a removed user end, their open sockets at once', async (context) => {
  const { accounts, anna, link } = await open(context);
  const [given, other] = [await link({ user: anna() }), await link({})];
  accounts.users.remove('anna');
  assert.equal(given.ended(), true);
  assert.equal(accounts.links.find(given.token), null);
  assert.equal(accounts.hold([`link:${given.id}`]), false);
  assert.equal(other.ended(), false);
  assert.deepEqual(
    accounts.links.list('a').map(({ id }) => id),
    [other.id],
  );
});

test('the links of a user who may no longer give them end, and do not come back with the role', async (context) => {
  const { accounts, anna, link } = await open(context);
  const given = await link({ user: anna() }, 'watch');
  await accounts.users.change('anna', { role: 'viewer' });
  assert.equal(given.ended(), true);
  await accounts.users.change('anna', { role: 'user' });
  assert.equal(accounts.links.find(given.token), null);
});

test('links survive a new password, and any change that leaves the right to give them', async (context) => {
  const { accounts, anna, link } = await open(context);
  const given = await link({ user: anna() });
  await accounts.users.change('anna', { password: 'another one' });
  await accounts.users.change('anna', { role: 'admin' });
  assert.equal(given.ended(), false);
  assert.equal(accounts.links.find(given.token)?.id, given.id);
});

test('an API token ends together with the links and tokens made with it, and with theirs', async (context) => {
  const { accounts, link } = await open(context);
  const first = apiToken(accounts);
  const second = apiToken(accounts, first);
  const [by, byChild] = [await link({ token: first }), await link({ token: second })];
  let childEnded = false;
  accounts.live.add([second.grant], () => {
    childEnded = true;
  });
  accounts.tokens.remove(first.id);
  assert.deepEqual([by.ended(), byChild.ended(), childEnded], [true, true, true]);
  assert.deepEqual([accounts.tokens.list(), accounts.links.list('a')], [[], []]);
});

test('links and tokens made with an API token do not outlive it', async (context) => {
  const { accounts } = await open(context);
  const short = apiToken(accounts, null, 60);
  assert.equal(apiToken(accounts, short).expiresAt, short.expiresAt);
  const grantor = { user: null, token: short };
  const link = { streamerId: 'a', role: 'watch', expiresInSeconds: 3600, maxUses: null, grantor } as const;
  const { info } = await accounts.links.create(link);
  assert.equal(Date.parse(info.expires_at), short.expiresAt);
});

test('while the database cannot be written, revoked rights stay revoked, and storing them is retried until it works', async (context) => {
  const { accounts, database, writes, told, anna, link } = await open(context);
  const session = accounts.sessions.find(accounts.sessions.create(anna()).secret)!;
  const bert = await accounts.users.create({ name: 'bert', role: 'admin', password: 'correct horse' });
  const kept = accounts.sessions.create(anna()).secret;
  const token = apiToken(accounts);
  const byToken = await link({ token });
  const [byAnna, own] = [await link({ user: anna() }), await link({})];
  const ended: string[] = [];
  for (const grant of [session.grant, anna().grant, token.grant]) accounts.live.add([grant], (one) => ended.push(one));

  database.exec('PRAGMA query_only = ON');
  assert.throws(() => accounts.sessions.remove(session), unwritable);
  assert.throws(() => accounts.tokens.remove(token.id), unwritable);
  assert.throws(() => accounts.links.remove('a', own.id), unwritable);
  await assert.rejects(accounts.users.change('anna', { role: 'viewer' }), unwritable);
  assert.throws(() => accounts.users.remove(bert.name), unwritable);

  assert.deepEqual(ended, [session.grant, token.grant, 'user:2.0']);
  assert.deepEqual([byToken.ended(), byAnna.ended(), own.ended()], [true, true, true]);
  assert.deepEqual([accounts.tokens.list(), accounts.links.list('a')], [[], []]);
  assert.deepEqual([accounts.sessions.find(kept), accounts.users.byName('anna')], [null, null]);
  assert.equal(await accounts.users.authenticate('bert', 'correct horse'), null);
  assert.throws(() => accounts.users.remove('root'), { code: 'LAST_ADMIN' });
  assert.throws(() => accounts.users.remove('bert'), { code: 'USER_NOT_FOUND' });
  assert.deepEqual(told, ['STORE_UNWRITABLE']);
  assert.ok(writes.size > 0);

  context.mock.timers.tick(1_000);
  assert.ok(writes.size > 0, 'still unwritable');
  database.exec('PRAGMA query_only = OFF');
  context.mock.timers.tick(2_000);
  assert.equal(writes.size, 0);
  assert.deepEqual(told, ['STORE_UNWRITABLE', null]);
  const again = new Accounts(database);
  assert.deepEqual(
    again.users.list().map(({ name, role }) => [name, role]),
    [
      ['anna', 'viewer'],
      ['root', 'admin'],
    ],
  );
  assert.deepEqual([again.tokens.list(), again.links.list('a'), again.sessions.find(kept)], [[], [], null]);
});

test('a write that fails for another reason is not blamed on the disk', async (context) => {
  const { database, writes, told } = await open(context);
  assert.throws(() => writes.run(() => database.exec('DELETE FROM nowhere')), /no such table/);
  assert.deepEqual([writes.size, told], [0, []]);
});
