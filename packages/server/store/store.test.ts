import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { CertificateStore } from './certificate-store.ts';
import { openDatabase, persistentSecret } from './database.ts';
import { HostStore } from './host-store.ts';

function directory(context: TestContext): string {
  const path = temporaryDirectory(context, 'moonshare-store-');
  return path;
}

const box = { address: 'box', httpPort: 47_989 };
const den = { address: 'den', httpPort: 47_989 };
const attic = { address: 'attic', httpPort: 40_000 };

test('only their owner can access the database and its directory', (context) => {
  const path = join(directory(context), 'data');
  const database = openDatabase(path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  const files = readdirSync(path);
  assert.ok(files.includes('moonshare.db') && files.includes('moonshare.db-wal'), files.join());
  for (const file of files) assert.equal(statSync(join(path, file)).mode & 0o777, 0o600, file);
  database.close();
});

test('a database that others could read becomes private', (context) => {
  const path = directory(context);
  openDatabase(path).close();
  chmodSync(join(path, 'moonshare.db'), 0o644);
  openDatabase(path).close();
  assert.equal(statSync(join(path, 'moonshare.db')).mode & 0o777, 0o600);
});

test('an unusable data directory gives a clear error', (context) => {
  const file = join(directory(context), 'file');
  writeFileSync(file, '');
  assert.throws(
    () => openDatabase(file),
    (error) => error instanceof MoonshareError && error.code === 'CONFIG_INVALID' && /MOONSHARE_DATA/.test(error.hint),
  );
});

test('stored data is there after a restart', (context) => {
  const path = directory(context);
  const first = openDatabase(path);
  const hosts = new HostStore(first);
  const { id } = hosts.add(box);
  hosts.saveCertificate(id, 'PEM');
  new CertificateStore(first).add(id, { certificate: 'C', privateKey: 'K' });
  const secret = persistentSecret(first, 'tokens');
  first.close();

  const second = openDatabase(path);
  assert.deepEqual(new HostStore(second).list(), [{ id: 0, ...box, certificate: 'PEM', info: null }]);
  assert.equal(new CertificateStore(second).list(0)[0]?.identity.privateKey, 'K');
  assert.deepEqual(persistentSecret(second, 'tokens'), secret);
  second.close();
});

test('a second server in the same directory is refused with DATA_IN_USE', (context) => {
  const path = directory(context);
  const first = openDatabase(path);
  assert.throws(
    () => openDatabase(path),
    (error) => error instanceof MoonshareError && error.code === 'DATA_IN_USE',
  );
  first.close();
  openDatabase(path).close();
});

test('a database of a newer version is left untouched', (context) => {
  const path = directory(context);
  const database = openDatabase(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => openDatabase(path), /version 99/);
});

test('host IDs start at 0, and a removed one is reused', (context) => {
  const database = openDatabase(directory(context));
  const hosts = new HostStore(database);
  assert.deepEqual([hosts.add(box).id, hosts.add(den).id], [0, 1]);
  hosts.remove(0);
  assert.equal(hosts.add(attic).id, 0);
  database.close();
});

test('configured hosts get their IDs in order, and pairings move with their host', (context) => {
  const database = openDatabase(directory(context));
  const hosts = new HostStore(database);
  const certificates = new CertificateStore(database);
  hosts.add(box);
  hosts.add(den);
  certificates.add(1, { certificate: 'of den', privateKey: 'K' });

  hosts.place([den, attic]);
  assert.deepEqual(
    hosts.list().map(({ id, address }) => [id, address]),
    [
      [0, 'den'],
      [1, 'attic'],
      [2, 'box'],
    ],
  );
  assert.equal(certificates.list(0)[0]?.identity.certificate, 'of den');

  hosts.place([attic, den]);
  assert.deepEqual(
    hosts.list().map(({ address }) => address),
    ['attic', 'den', 'box'],
  );
  database.close();
});

test('removing a host removes its certificates', (context) => {
  const database = openDatabase(directory(context));
  const hosts = new HostStore(database);
  const certificates = new CertificateStore(database);
  hosts.add(box);
  certificates.add(0, { certificate: 'C', privateKey: 'K' });
  hosts.remove(0);
  hosts.add(box);
  assert.deepEqual(certificates.list(0), []);
  database.close();
});
