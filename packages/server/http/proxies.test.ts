import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import fc from 'fast-check';
import { Proxies } from './proxies.ts';

function request(remoteAddress: string, headers: Record<string, string | string[]> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

const proxies = new Proxies(['10.0.0.0/8'], 'x-user');

test('the address is taken from X-Forwarded-For only from our proxies, up to the first stranger', () => {
  const seen = (remote: string, forwarded?: string | string[]) =>
    proxies.clientAddress(request(remote, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }));
  assert.equal(seen('203.0.113.9', '1.2.3.4'), '203.0.113.9');
  assert.equal(seen('127.0.0.1', '1.2.3.4'), '127.0.0.1');
  assert.equal(seen('10.0.0.1', '1.2.3.4'), '1.2.3.4');
  assert.equal(seen('::ffff:10.0.0.1', '1.2.3.4'), '1.2.3.4');
  // What the stranger wrote itself comes before what our proxy added.
  assert.equal(seen('10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2'), '1.2.3.4');
  assert.equal(seen('10.0.0.1', ['6.6.6.6', '1.2.3.4:4711']), '1.2.3.4');
  assert.equal(seen('10.0.0.1', '[2001:db8::1]:443'), '2001:db8::1');
  for (const nothing of [undefined, '', 'unknown', '1.2.3.4, garbage'])
    assert.equal(seen('10.0.0.1', nothing), '10.0.0.1');
});

test('no header makes it throw or return anything but an address', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      const address = proxies.clientAddress(request('10.0.0.1', { 'x-forwarded-for': header }));
      assert.match(address, /^[\da-f.:]+$/i);
    }),
  );
});

test('HTTPS and the user are trusted only from our proxies', () => {
  const headers = { 'x-forwarded-proto': 'https', 'x-user': 'anna' };
  assert.deepEqual(
    [proxies.isSecure(request('10.0.0.1', headers)), proxies.user(request('10.0.0.1', headers))],
    [true, 'anna'],
  );
  assert.deepEqual(
    [proxies.isSecure(request('127.0.0.1', headers)), proxies.user(request('127.0.0.1', headers))],
    [false, null],
  );
  assert.equal(proxies.isSecure(request('10.0.0.1', { 'x-forwarded-proto': 'http' })), false);
  assert.equal(new Proxies(['10.0.0.0/8'], undefined).user(request('10.0.0.1', headers)), null);
});
