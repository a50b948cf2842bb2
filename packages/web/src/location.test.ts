import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isAdminAddress, parseStreamAddress, parseVoucherAddress, streamLink } from './location.ts';

test('a link is parsed into base, ID and token, with and without a path prefix', () => {
  assert.deepEqual(parseStreamAddress('https://h:8443/play/s/agent%3A1#token=a.b-c'), {
    base: new URL('https://h:8443/play/'),
    streamerId: 'agent:1',
    token: 'a.b-c',
    stereo: false,
    transport: 'auto',
  });
  const x = { base: new URL('http://h/'), streamerId: 'x', token: null, stereo: false, transport: 'auto' as const };
  assert.deepEqual(parseStreamAddress('http://h/s/x'), x);
  assert.deepEqual(parseStreamAddress('http://h/s/x#sound=stereo&token='), { ...x, stereo: true });
  assert.deepEqual(parseStreamAddress('http://h/s/x?transport=websocket'), { ...x, transport: 'websocket' });
  assert.deepEqual(parseStreamAddress('http://h/s/x?transport=pigeon'), x);
});

test('any other address is parsed as null', () => {
  for (const address of ['http://h/', 'http://h/s/', 'http://h/s/a/b', 'http://h/s/%', 'javascript:/s/a', 'x', '']) {
    assert.equal(parseStreamAddress(address), null, address);
  }
});

test('the admin page has one address under the base, and a stream called admin is still a stream', () => {
  const base = new URL('http://h/p/');
  assert.equal(isAdminAddress(new URL('http://h/p/admin'), base), true);
  assert.equal(isAdminAddress(new URL('http://h/p/admin/?x=1#y'), base), true);
  for (const path of ['/p/', '/admin', '/p/s/admin', '/p/administrator']) {
    assert.equal(isAdminAddress(new URL(path, base), base), false, path);
  }
});

test('a voucher is in the fragment of one address under the base', () => {
  const base = new URL('http://h/p/');
  assert.equal(parseVoucherAddress(new URL('http://h/p/vouch#voucher=a.b-c'), base), 'a.b-c');
  assert.equal(parseVoucherAddress(new URL('http://h/p/vouch'), base), '');
  for (const path of ['/p/', '/vouch#voucher=a', '/p/s/vouch#voucher=a', '/p/vouch/a#voucher=a'])
    assert.equal(parseVoucherAddress(new URL(path, base), base), null, path);
});

test('a typed ID or link leads to its stream, anything else to nothing', () => {
  const base = new URL('http://h/p/');
  assert.equal(streamLink(' agent-1 ', base)?.href, 'http://h/p/s/agent-1');
  assert.equal(streamLink('http://other/s/x#token=t', base)?.href, 'http://other/s/x#token=t');
  assert.equal(streamLink('two words', base), null);
  assert.equal(streamLink('https://h/', base), null);
});

test('parsing an address never throws', () => {
  fc.assert(fc.property(fc.string(), (text) => streamLink(text, new URL('http://h/')) !== undefined));
  fc.assert(fc.property(fc.webUrl({ withFragments: true }), (url) => parseStreamAddress(url) !== undefined));
});
