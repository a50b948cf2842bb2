import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { reportSettings } from './describe-settings.ts';
import { loadConfig, resolveSettings, type SettingInputs } from './load.ts';
import { SETTINGS } from './settings.ts';

function problem(environment: Record<string, string>, more: Omit<SettingInputs, 'environment'> = {}): string {
  try {
    resolveSettings({ environment, ...more });
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
  // Nothing ends by itself, nothing is kept by itself, nobody is trusted.
  assert.deepEqual([config.idleMinutes, config.keepStreamers, config.legacyKeepSeconds], [0, false, 0]);
  assert.deepEqual([config.trustedProxies, config.proxyUserHeader, config.allowedOrigins], [[], undefined, []]);
});

test('values are parsed according to their setting', () => {
  const config = loadConfig({
    PORT: '9000',
    MOONSHARE_PATH_PREFIX: 'moon/share/',
    MOONSHARE_HOSTS: 'box, 10.0.0.7:40000,[fd00::1]:48989,fd00::2,fe80::1%eth0,[fe80::2%en0]:48989',
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
    { address: 'fe80::1%eth0', httpPort: 47_989 },
    { address: 'fe80::2%en0', httpPort: 48_989 },
  ]);
  assert.deepEqual(config.udpPorts, { from: 3000, to: 3001 });
  assert.deepEqual(config.iceServers, [{ urls: ['stun:a'], username: '', credential: '' }]);
  assert.equal(config.internalPairingPin, '0042');
  assert.equal(config.publicAddress, undefined);
});

test('a path prefix must be a path, and checking that is fast', () => {
  for (const [text, prefix] of [
    ['', ''],
    ['/', ''],
    ['moon', '/moon'],
    ['/a/b.c/~d-e/', '/a/b.c/~d-e'],
  ] as const) {
    assert.equal(loadConfig({ MOONSHARE_PATH_PREFIX: text }).pathPrefix, prefix);
  }
  // The last of these once took years.
  for (const wrong of ['a//b', '/.a', 'a b', '..', `${'a'.repeat(1000)}!`]) {
    assert.match(problem({ MOONSHARE_PATH_PREFIX: wrong }), /MOONSHARE_PATH_PREFIX: must be a URL path/);
  }
});

test('MOONSHARE_PORT takes precedence over PORT', () => {
  assert.equal(loadConfig({ PORT: '1', MOONSHARE_PORT: '2' }).port, 2);
});

test('an unknown variable is refused with the closest known name', () => {
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

test('flags override the environment, the environment the file, the file the default', () => {
  const file = { path: '/f.json', values: { port: 1, bind: '::', maxViewers: 3, hosts: ['box', 'den:1'] } };
  const { config, sources } = resolveSettings({
    file,
    environment: { PORT: '2', MOONSHARE_BIND: '0.0.0.0', MOONSHARE_MAX_VIEWERS: '' },
    flags: { port: '3' },
  });
  assert.deepEqual([config.port, sources.port], [3, { from: 'flag', flag: '--port' }]);
  assert.deepEqual([config.bind, sources.bind], ['0.0.0.0', { from: 'environment', variable: 'MOONSHARE_BIND' }]);
  assert.deepEqual([config.maxViewers, sources.maxViewers], [3, { from: 'file', path: '/f.json', key: 'maxViewers' }]);
  assert.deepEqual([config.udpPorts, sources.udpPorts], [{ from: 21_000, to: 21_199 }, { from: 'default' }]);
  assert.deepEqual(config.hosts, [
    { address: 'box', httpPort: 47_989 },
    { address: 'den', httpPort: 1 },
  ]);
});

test('an unknown key or flag is refused with the closest known name', () => {
  const inFile = (values: Record<string, unknown>) => problem({}, { file: { path: '/f.json', values } });
  assert.match(inFile({ udpPort: '1' }), /udpPort in \/f\.json is not a setting, did you mean udpPorts/);
  assert.match(inFile({ udp_ports: '1' }), /did you mean udpPorts/);
  assert.match(inFile({ MOONSHARE_UDP_PORTS: '1' }), /did you mean udpPorts/);
  assert.match(inFile({ constructor: 1 }), /constructor in \/f\.json is not a setting/);
  assert.match(problem({}, { flags: { 'udp-port': '1' } }), /--udp-port is not a setting, did you mean --udp-ports/);
});

test('an unknown key inside a setting is refused with the closest known name', () => {
  const servers = (server: unknown) => problem({ MOONSHARE_ICE_SERVERS: JSON.stringify([server]) });
  const url = { urls: ['turn:a'] };
  assert.match(
    servers({ ...url, credentials: 'hunter2' }),
    /MOONSHARE_ICE_SERVERS \(0\): unknown key credentials, did you mean credential$/,
  );
  assert.match(
    servers({ ...url, user: 'u', zzzzzz: 1 }),
    /unknown key user, did you mean username; unknown key zzzzzz$/,
  );
  assert.doesNotMatch(servers({ ...url, credentials: 'hunter2' }), /hunter2/);
});

test('settings that only work together', () => {
  const tls = /MOONSHARE_TLS_CERT and MOONSHARE_TLS_KEY must be set together/;
  assert.match(problem({ MOONSHARE_TLS_CERT: 'a' }), tls);
  assert.match(problem({ MOONSHARE_TLS_KEY: 'a' }), tls);
  const turn = /MOONSHARE_TURN_URLS and MOONSHARE_TURN_SECRET must be set together/;
  assert.match(problem({ MOONSHARE_TURN_URLS: 'turn:a' }), turn);
  assert.match(problem({ MOONSHARE_TURN_SECRET: 'a' }), turn);
  const header = problem({ MOONSHARE_PROXY_USER_HEADER: 'X-Remote-User' });
  assert.match(header, /MOONSHARE_PROXY_USER_HEADER requires MOONSHARE_TRUSTED_PROXIES/);
  loadConfig({ MOONSHARE_PROXY_USER_HEADER: 'X-Remote-User', MOONSHARE_TRUSTED_PROXIES: '10.0.0.0/8' });
});

test('every setting that holds a secret is marked as one', () => {
  const marked = Object.entries(SETTINGS).filter(([, setting]) => 'secret' in setting && setting.secret);
  assert.deepEqual(
    marked.map(([name]) => name),
    ['credentials', 'internalPairingPin', 'iceServers', 'turnSecret', 'token'],
  );
  const telling = Object.keys(SETTINGS).filter((name) => /secret|password|credential|token|pin$/i.test(name));
  for (const name of telling)
    assert.ok(
      marked.some(([one]) => one === name),
      name,
    );
});

test('a bad value is reported with where it came from', () => {
  const message = problem(
    { PORT: 'x' },
    {
      file: { path: '/f.json', values: { udpPorts: 7, iceServers: [{ urls: 'stun:a' }] } },
      flags: { 'max-viewers': true, bind: true },
    },
  );
  assert.match(message, /PORT: /);
  assert.match(message, /udpPorts in \/f\.json: /);
  assert.match(message, /iceServers in \/f\.json \(0\.urls\): /);
  assert.match(message, /--bind: /);
});

test('a report shows values as a file would hold them, and no secrets', () => {
  const settings = resolveSettings({
    environment: { MOONSHARE_CREDENTIALS: 'hunter2', MOONSHARE_HOSTS: 'fd00::1,box:1' },
    file: { path: '/f.json', values: { iceServers: [{ urls: ['turn:a'], username: 'u', credential: 'hunter3' }] } },
  });
  const report = reportSettings(settings);
  const value = (name: string) => report.find((setting) => setting.name === name)?.value;
  assert.deepEqual(['credentials', 'hosts', 'udpPorts', 'publicUrl', 'port', 'internalPairingPin'].map(value), [
    '***',
    ['[fd00::1]:47989', 'box:1'],
    '21000-21199',
    null,
    8080,
    null,
  ]);
  assert.doesNotMatch(JSON.stringify(report), /hunter/);
});

test('the values in a report are accepted as a file, and mean the same', () => {
  const { config } = resolveSettings({ environment: { MOONSHARE_HOSTS: 'fd00::1', MOONSHARE_UDP_PORTS: '5' } });
  const report = reportSettings({ config, sources: resolveSettings({ environment: {} }).sources, file: null });
  const values = Object.fromEntries(
    report.filter(({ value }) => value !== null).map(({ name, value }) => [name, value]),
  );
  assert.deepEqual(resolveSettings({ environment: {}, file: { path: 'f', values } }).config, config);
});
