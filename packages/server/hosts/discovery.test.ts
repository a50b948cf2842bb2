import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { Bonjour } from 'bonjour-service';
import { FakeHosts } from '../testing/fake-hosts.ts';
import { browseMdns, Discovery } from './discovery.ts';

test('a host that announces itself is found, with its address and HTTP port', async (context) => {
  const name = `box-${randomUUID()}`;
  const bonjour = new Bonjour();
  context.after(() => new Promise((done) => bonjour.unpublishAll(() => bonjour.destroy(done))));
  await once(bonjour.publish({ name, type: 'nvstream', port: 47_123 }), 'up');
  const heard = (await browseMdns()).find((one) => one.name === name);
  assert.equal(heard?.httpPort, 47_123);
  assert.match(heard?.address ?? '', /^\d+\.\d+\.\d+\.\d+$/);
});

test('announcements that do not answer as a host are left out, and a host with two addresses is listed once', async () => {
  const hosts = new FakeHosts();
  hosts.add('10.0.0.1');
  hosts.add('10.0.0.2');
  let browsed = 0;
  const discovery = new Discovery(hosts, async () => {
    browsed++;
    return ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => ({ name: 'x', address, httpPort: 47_989 }));
  });
  const [found] = await Promise.all([discovery.hosts(), discovery.hosts()]);
  assert.deepEqual(found, [{ name: 'name of 10.0.0.2', address: '10.0.0.2', http_port: 47_989, unique_id: 'ID' }]);
  await discovery.hosts();
  assert.equal(browsed, 1);
});
