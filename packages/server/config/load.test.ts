import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { loadConfig } from './load.ts';

function problem(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    assert.ok(error instanceof MoonshareError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return error.message;
  }
  throw new Error('accepted');
}

test('an empty environment gives the defaults', () => {
  const config = loadConfig({});
  assert.equal(config.port, 8080);
  assert.equal(config.bind, '127.0.0.1');
  assert.equal(config.credentials, undefined);
  assert.equal(config.pathPrefix, '');
  assert.deepEqual(config.hosts, []);
  assert.deepEqual(config.udpPorts, { from: 21_000, to: 21_199 });
});

test('values are read in the form of their setting', () => {
  const config = loadConfig({
    PORT: '9000',
    MOONSHARE_PATH_PREFIX: 'moon/share/',
    MOONSHARE_HOSTS: 'box, 10.0.0.7:40000,[fd00::1]:48989,fd00::2',
    MOONSHARE_UDP_PORTS: '3000-3001',
    MOONSHARE_ICE_SERVERS: '[{"urls":["stun:a"]}]',
    MOONLIGHT_INTERNAL_PAIRING_PIN: '0042',
    MOONSHARE_PUBLIC_ADDRESS: '',
  });
  assert.equal(config.port, 9000);
  assert.equal(config.pathPrefix, '/moon/share');
  assert.deepEqual(config.hosts, [
    { address: 'box', httpPort: 47_989 },
    { address: '10.0.0.7', httpPort: 40_000 },
    { address: 'fd00::1', httpPort: 48_989 },
    { address: 'fd00::2', httpPort: 47_989 },
  ]);
  assert.deepEqual(config.udpPorts, { from: 3000, to: 3001 });
  assert.deepEqual(config.iceServers, [{ urls: ['stun:a'], username: '', credential: '' }]);
  assert.equal(config.internalPairingPin, '0042');
  assert.equal(config.publicAddress, undefined);
});

test('MOONSHARE_PORT goes before PORT', () => {
  assert.equal(loadConfig({ PORT: '1', MOONSHARE_PORT: '2' }).port, 2);
});

test('an unknown variable is refused with the nearest known name', () => {
  assert.match(
    problem({ MOONSHARE_CREDENTIAL: 'x' }),
    /MOONSHARE_CREDENTIAL is not .* did you mean MOONSHARE_CREDENTIALS/,
  );
  assert.match(problem({ MOONSHARE_UPD_PORT: '1' }), /did you mean MOONSHARE_UDP_PORTS/);
  assert.match(problem({ MOONSHARE_CREDS: '1' }), /did you mean MOONSHARE_CREDENTIALS/);
  assert.match(problem({ MOONSHARE_XYZZY: '1' }), /MOONSHARE_XYZZY is not a setting$/);
});

test('every bad value is named, and secrets are not repeated', () => {
  const message = problem({ PORT: 'eighty', MOONSHARE_CREDENTIALS: 'two words', MOONSHARE_UDP_PORTS: '9-1' });
  assert.match(message, /PORT: /);
  assert.match(message, /MOONSHARE_CREDENTIALS: /);
  assert.match(message, /MOONSHARE_UDP_PORTS: /);
  assert.doesNotMatch(message, /two words/);
});
