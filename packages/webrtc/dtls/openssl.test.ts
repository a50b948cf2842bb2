import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { loadNative } from '../native/load.ts';
import type { SrtpProfile } from '../srtp/session.ts';
import { CERTIFICATES, dtlsOf, type Role } from './testing/pair.ts';
import { SocketShell } from './testing/socket-shell.ts';
import type { SrtpKeys } from './transcript.ts';

const native = loadNative();

/** What the command calls each profile, and the lengths of its key and salt. */
const PROFILES: { profile: SrtpProfile; name: string; key: number; salt: number }[] = [
  { profile: 'AEAD_AES_128_GCM', name: 'SRTP_AEAD_AES_128_GCM', key: 16, salt: 12 },
  { profile: 'AEAD_AES_256_GCM', name: 'SRTP_AEAD_AES_256_GCM', key: 32, salt: 12 },
  { profile: 'AES128_CM_SHA1_80', name: 'SRTP_AES128_CM_SHA1_80', key: 16, salt: 14 },
];

/** The command `openssl`, as the peer in `role`. */
class OpenSsl {
  readonly #child: ChildProcess;
  #output = '';
  #changed = Promise.withResolvers<void>();

  constructor(t: TestContext, directory: string, role: Role, options: string[]) {
    this.#child = spawn('openssl', [
      role === 'client' ? 's_client' : 's_server',
      '-dtls1_2',
      ...['-cert', join(directory, `${role}.pem`), '-key', join(directory, `${role}-key.pem`)],
      ...options,
    ]);
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      });
    t.after(async () => {
      if (this.#child.exitCode !== null || !this.#child.kill('SIGKILL')) return;
      await once(this.#child, 'close');
    });
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** What is printed where the pattern's first group is. */
  async prints(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found[1] ?? '';
      await this.#changed.promise;
    }
  }
}

const exporting = (key: number, salt: number) => [
  ...['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', String(2 * (key + salt))],
];
const KEYING_MATERIAL = /Keying material: ([0-9A-F]+)\n/;

/** The order of RFC 5764 §4.2: the client's and the server's key, then their salts. */
function assertKeys(material: string, role: Role, key: number, { local, remote }: SrtpKeys): void {
  const [client, server] = role === 'client' ? [local, remote] : [remote, local];
  const parts = [client.subarray(0, key), server.subarray(0, key), client.subarray(key), server.subarray(key)];
  assert.equal(Buffer.concat(parts).toString('hex').toUpperCase(), material);
}

describe('DTLS with the command openssl', { skip: 'reason' in native && native.reason }, () => {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'dtls-'));
    for (const role of ['client', 'server'] as const) {
      writeFileSync(join(directory, `${role}.pem`), CERTIFICATES[role].certificate);
      writeFileSync(join(directory, `${role}-key.pem`), CERTIFICATES[role].privateKey);
    }
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const { profile, name, key, salt } of PROFILES) {
    it(`as its server: keys for ${profile}, data both ways, and the end`, async (t) => {
      const shell = await SocketShell.open(dtlsOf('server', { firstTimeoutMs: 1000 }));
      t.after(() => shell.close());
      const connect = ['-connect', `127.0.0.1:${shell.port}`, '-use_srtp', name, ...exporting(key, salt)];
      const peer = new OpenSsl(t, directory, 'client', connect);
      const { srtp } = await shell.event('connected');
      assert.equal(srtp!.profile, profile);
      assertKeys(await peer.prints(KEYING_MATERIAL), 'server', key, srtp!);
      shell.send('from the server\n');
      await peer.prints(/^from the server$/m);
      peer.type('from the client\n');
      assert.equal(Buffer.from((await shell.event('data')).data).toString(), 'from the client\n');
      peer.type('Q\n');
      assert.equal((await shell.event('closed')).reason, 'close_notify');
    });
  }

  it('as its client: keys in the order of the roles, data both ways', async (t) => {
    const { key, salt } = PROFILES[0]!;
    const port = await freePort();
    const names = PROFILES.map(({ name }) => name).join(':');
    const accept = ['-accept', `127.0.0.1:${port}`, '-Verify', '1', '-use_srtp', names, ...exporting(key, salt)];
    const peer = new OpenSsl(t, directory, 'server', accept);
    await peer.prints(/ACCEPT/);
    const shell = await SocketShell.open(dtlsOf('client', { firstTimeoutMs: 1000 }), port);
    t.after(() => shell.close());
    const { srtp } = await shell.event('connected');
    assert.equal(srtp!.profile, 'AEAD_AES_128_GCM');
    assertKeys(await peer.prints(KEYING_MATERIAL), 'client', key, srtp!);
    shell.send('from the client\n');
    await peer.prints(/^from the client$/m);
    peer.type('from the server\n');
    assert.equal(Buffer.from((await shell.event('data')).data).toString(), 'from the server\n');
  });

  it('without SRTP, for a peer that is here for data channels', async (t) => {
    const shell = await SocketShell.open(dtlsOf('server', { firstTimeoutMs: 1000 }));
    t.after(() => shell.close());
    new OpenSsl(t, directory, 'client', ['-connect', `127.0.0.1:${shell.port}`]);
    assert.equal((await shell.event('connected')).srtp, null);
  });

  it('refuses a client without a certificate, ciphers that are no longer safe, and DTLS 1.0', async (t) => {
    for (const [options, expected] of [
      [['-dtls1_2'], /peer did not return a certificate/],
      [['-dtls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA'], /no shared cipher/],
      [['-dtls1', '-cipher', 'ALL:@SECLEVEL=0'], /unsupported protocol/],
    ] as const) {
      const shell = await SocketShell.open(dtlsOf('server', { firstTimeoutMs: 1000 }));
      t.after(() => shell.close());
      const connect = ['s_client', '-connect', `127.0.0.1:${shell.port}`, ...options];
      const child = spawn('openssl', connect, { stdio: 'ignore' });
      t.after(() => child.kill('SIGKILL'));
      const { reason, detail } = await shell.event('closed');
      assert.equal(reason, 'protocol');
      assert.match(detail, expected);
    }
  });
});

/** `s_server` does not say which port it took. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
