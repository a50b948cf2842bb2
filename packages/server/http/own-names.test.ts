import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { accountServer } from '../testing/account-server.ts';
import { rawRequest } from '../testing/raw-http.ts';
import { CREDENTIALS } from '../testing/test-server.ts';
import { connectedTo, OwnNames } from './own-names.ts';

const names = new OwnNames(['moon.lan']);

test('a Host header is accepted if its name belongs to this machine or is in the settings', () => {
  const own = ['localhost:8080', '127.0.0.1', '[::1]:8080', 'moon.lan', 'MOON.lan:81', `${hostname()}:8080`];
  for (const host of own) assert.equal(names.of(host), host.toLowerCase(), host);
  for (const host of [
    undefined,
    '',
    'evil.example',
    'moon.lan.evil.example',
    'evil.example#moon.lan',
    'moon.lan@evil.example',
    'evil.example/moon.lan',
    'moon.lan:evil',
    'moon.lan/x',
    'moon.lan\\evil.example',
    '203.0.113.1',
    '[2001:db8::1]',
  ]) {
    assert.equal(names.of(host), null, host);
  }
});

test('whatever the header, the result leads to one of our names', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webAuthority({ withPort: true })), (host) => {
      const own = names.of(host);
      if (own !== null)
        assert.match(own, new RegExp(`^(localhost|127\\..*|\\[::1\\]|moon.lan|${hostname()})(:\\d+)?$`));
    }),
  );
});

test('a connection shows which of our addresses it has reached', () => {
  const to = (localAddress: string) => connectedTo({ localAddress, localPort: 80 } as Socket);
  assert.deepEqual(['::ffff:10.0.0.1', '10.0.0.1', 'fd00::1', ''].map(to), [
    '10.0.0.1:80',
    '10.0.0.1:80',
    '[fd00::1]:80',
    '127.0.0.1:80',
  ]);
});

test('a link has the name that its creator used only if that name is ours', async (context) => {
  const { url } = await accountServer(context, { MOONSHARE_HOST_NAMES: 'moon.lan' });
  const { host } = new URL(url);
  for (const [said, made] of [
    ['evil.example', host],
    ['evil.example:8080', host],
    ['moon.lan:8080', 'moon.lan:8080'],
    [host.replace('127.0.0.1', 'localhost'), host.replace('127.0.0.1', 'localhost')],
  ] as const) {
    const lines = ['POST /api/streamers/a/links HTTP/1.1', `Host: ${said}`, 'X-Forwarded-Host: evil.example'];
    const rest = [`Authorization: Bearer ${CREDENTIALS}`, 'Content-Length: 16', 'Connection: close'];
    const { status, chunks } = await rawRequest(url, [...lines, ...rest], '{"role":"watch"}');
    assert.equal(status, 201);
    assert.equal(new URL(JSON.parse(chunks.join('')).url).host, made, said);
  }
});
