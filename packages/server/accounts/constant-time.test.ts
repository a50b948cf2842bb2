// No secret may show in how long an answer takes: this counts comparisons and hashes, instead of measuring time.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, type TestContext, test } from 'node:test';

// Before anything imports these functions by name.
const compared = mock.method(crypto, 'timingSafeEqual');
const derived = mock.method(crypto, 'scrypt');
syncBuiltinESMExports();
const { Accounts } = await import('./accounts.ts');
const { Credentials } = await import('../auth/credentials.ts');
const { openDatabase } = await import('../store/database.ts');

/** How often `work` compared in constant time, and how often it hashed a password. */
async function cost(work: () => unknown): Promise<[compared: number, hashed: number]> {
  const before = [compared.mock.callCount(), derived.mock.callCount()] as const;
  await work();
  return [compared.mock.callCount() - before[0], derived.mock.callCount() - before[1]];
}

function open(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'moonshare-time-'));
  const database = openDatabase(directory);
  context.after(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  return new Accounts(database, undefined, { passwordCost: 2 ** 4 });
}

test('shared credentials: right, wrong or of another length, each costs one comparison', async () => {
  const credentials = new Credentials('moon');
  for (const said of ['moon', 'noon', '', 'x'.repeat(1000)]) {
    assert.deepEqual(await cost(() => credentials.match(said)), [1, 0], said);
  }
});

test('tokens, sessions and links: right, wrong or unknown, each costs one comparison', async (context) => {
  const accounts = open(context);
  await accounts.users.create({ name: 'anna', role: 'user', password: 'correct horse' });
  const user = accounts.users.byName('anna')!;
  const { token } = accounts.tokens.create({
    name: 'ci',
    scopes: ['admin'],
    expiresInSeconds: 60,
    user,
    madeWith: null,
  });
  const { secret } = accounts.sessions.create(user);
  const wanted = {
    streamerId: 'a',
    role: 'watch',
    expiresInSeconds: 60,
    maxUses: null,
    grantor: { user: null, token: null },
  } as const;
  const link = await accounts.links.create(wanted);
  for (const [text, find] of [
    [token, (said: string) => accounts.tokens.find(said)],
    [secret, (said: string) => accounts.sessions.find(said)],
    [link.token, (said: string) => accounts.links.find(said)],
  ] as const) {
    const wrong = text.slice(0, -43) + 'A'.repeat(43);
    for (const said of [text, wrong, text.replace(/_\d+_/, '_999_')]) {
      assert.deepEqual(await cost(() => find(said)), [1, 0], said);
    }
    assert.deepEqual([find(text) === null, find(wrong)], [false, null]);
  }
});

test('passwords and PINs: right, wrong or of an unknown user, each costs one hash and one comparison', async (context) => {
  const accounts = open(context);
  await accounts.users.create({ name: 'anna', role: 'user', password: 'correct horse' });
  for (const [name, password] of [
    ['anna', 'correct horse'],
    ['anna', 'wrong'],
    ['nobody', 'correct horse'],
  ] as const) {
    assert.deepEqual(await cost(() => accounts.users.authenticate(name, password)), [1, 1], name);
  }
  const wanted = {
    streamerId: 'a',
    role: 'watch',
    expiresInSeconds: 60,
    maxUses: null,
    grantor: { user: null, token: null },
  } as const;
  const { token } = await accounts.links.create({ ...wanted, pin: '4711' });
  const link = accounts.links.find(token)!;
  for (const pin of ['4711', '4712', '']) {
    assert.deepEqual(await cost(() => accounts.links.pinIsRight(link, pin)), [1, 1], pin);
  }
});
