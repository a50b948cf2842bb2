import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadNative, nativeAddon } from '../native/load.ts';
import { createDtlsCertificate } from './certificate.ts';
import { Dtls, type DtlsEvent } from './dtls.ts';
import { type Fingerprint, parseFingerprint } from './fingerprint.ts';
import { CERTIFICATES, DtlsPair, dtlsOf, PEER } from './testing/pair.ts';

const native = loadNative();
const ROLES = ['client', 'server'] as const;

function connected(events: readonly DtlsEvent[]) {
  const found = events.filter((event) => event.type === 'connected');
  assert.equal(found.length, 1);
  return found[0]!;
}

async function connectedPair(...args: ConstructorParameters<typeof DtlsPair>): Promise<DtlsPair> {
  const pair = new DtlsPair(...args);
  await pair.connect();
  return pair;
}

describe('DTLS', { skip: 'reason' in native && native.reason }, () => {
  it('connects with keys that mirror each other, and datagrams that fit', async () => {
    const pair = new DtlsPair();
    const lengths: number[] = [];
    await pair.connect((one) => {
      lengths.push(one.datagram.length);
      return [one];
    });
    const [client, server] = ROLES.map((role) => connected(pair.events[role]).srtp!);
    assert.equal(client!.profile, 'AEAD_AES_128_GCM');
    assert.equal(client!.local.length, 16 + 12);
    assert.deepEqual(client, { profile: server!.profile, local: server!.remote, remote: server!.local });
    assert.notDeepEqual(client!.local, client!.remote);
    assert.ok(Math.max(...lengths) <= 1200);
  });

  it('keeps the boundaries of data, both ways, and says what fits', async () => {
    const pair = await connectedPair({ client: { mtu: 600 } });
    for (const role of ROLES) {
      const { maxData } = pair.sides[role];
      const messages = [1, 2, maxData].map((length) => new Uint8Array(length).fill(length));
      for (const message of messages) pair.take(role, pair.sides[role].send(message, pair.now));
      assert.ok(pair.wire.every(({ datagram }) => datagram.length <= maxData + 37));
      assert.equal(pair.wire.at(-1)!.datagram.length, role === 'client' ? 600 : 1200);
      pair.flush();
      const received = pair.events[PEER[role]].flatMap((event) => (event.type === 'data' ? [event.data] : []));
      assert.deepEqual(received, messages);
      assert.throws(() => pair.sides[role].send(new Uint8Array(maxData + 1), pair.now), { code: 'ERR_ASSERTION' });
    }
  });

  it('splits its handshake into datagrams that fit', async () => {
    const pair = new DtlsPair({ client: { mtu: 256 }, server: { mtu: 256 } });
    let most = 0;
    await pair.connect((one) => {
      most = Math.max(most, one.datagram.length);
      return [one];
    });
    assert.ok(pair.has('connected'));
    assert.ok(most <= 256 && most > 200);
  });

  for (const role of ROLES) {
    it(`ends if the ${PEER[role]} has another certificate, and tells it`, async () => {
      const remoteFingerprint = parseFingerprint(createDtlsCertificate().fingerprint)!;
      const pair = await connectedPair({ [role]: { remoteFingerprint } });
      const detail = 'the certificate is not the one that was announced';
      assert.deepEqual(pair.events[role], [{ type: 'closed', reason: 'fingerprint', detail }]);
      const closed = pair.events[PEER[role]].filter((event) => event.type === 'closed');
      assert.deepEqual(
        closed.map(({ reason }) => reason),
        ['alert'],
      );
    });

    it(`ends the connection of both when the ${role} closes`, async () => {
      const pair = await connectedPair();
      pair.take(role, pair.sides[role].close(pair.now));
      pair.flush();
      assert.deepEqual(pair.events[PEER[role]].at(-1), { type: 'closed', reason: 'close_notify', detail: '' });
      assert.equal(pair.events[role].at(-1)!.type, 'connected');
      const nothing = { events: [], wakeAt: Number.POSITIVE_INFINITY };
      for (const one of ROLES) {
        const side = pair.sides[one];
        assert.deepEqual(side.send(Buffer.of(1), 1), nothing);
        assert.deepEqual(side.receive(Buffer.of(22), 1), nothing);
        assert.deepEqual(side.advance(1e9), nothing);
        assert.deepEqual(side.close(1), nothing);
      }
    });
  }

  it('knows fingerprints of all three lengths', async () => {
    const { fingerprint512, raw } = new X509Certificate(CERTIFICATES.server.certificate);
    const value = createHash('sha384').update(raw).digest('hex').match(/../g)!.join(':');
    for (const remoteFingerprint of [
      { algorithm: 'sha-512', value: fingerprint512 },
      { algorithm: 'sha-384', value },
    ] satisfies Fingerprint[]) {
      assert.ok((await connectedPair({ client: { remoteFingerprint } })).has('connected'));
    }
  });

  it('gives up after 20 s, having asked again and again', async () => {
    const client = dtlsOf('client', { firstTimeoutMs: 20 });
    let now = 5_000;
    let { events, wakeAt } = client.start(now);
    assert.equal(events.length, 1);
    for (let again = 0; again < 3; again += events.length) {
      await sleep(wakeAt - now);
      now = wakeAt;
      ({ events, wakeAt } = client.advance(now));
      assert.ok(events.every(({ type }) => type === 'send') && events.length <= 1);
    }
    assert.deepEqual(client.advance(25_000), {
      events: [{ type: 'closed', reason: 'timeout', detail: 'no connection within 20 s' }],
      wakeAt: Number.POSITIVE_INFINITY,
    });
  });

  it('takes at most 64 KB before it is connected', () => {
    const server = dtlsOf('server');
    server.start(0);
    const datagram = new Uint8Array(2048).fill(22);
    for (let count = 0; count < 32; count++) assert.deepEqual(server.receive(datagram, 0).events, []);
    assert.deepEqual(server.receive(datagram, 0).events, [
      { type: 'closed', reason: 'protocol', detail: 'the handshake takes too many bytes' },
    ]);
  });

  it('ignores what comes before its start, is no DTLS, too long, or encrypted too early', async () => {
    const waiting = dtlsOf('server');
    assert.deepEqual(waiting.receive(Buffer.of(22), 0), { events: [], wakeAt: Number.POSITIVE_INFINITY });
    assert.equal(waiting.dropped, 1);
    const pair = new DtlsPair();
    const early = Buffer.concat(new Array(32).fill(Buffer.from('17fefd0001000000000000000101', 'hex')));
    const long = new Uint8Array(2049).fill(22, 0, 1);
    for (const junk of [Buffer.of(), Buffer.of(19), Buffer.of(64), long, early, early])
      assert.deepEqual(pair.sides.server.receive(junk, 0).events, []);
    assert.equal(pair.sides.server.dropped, 5);
  });

  it('refuses a certificate that is none, a key of another, and a fingerprint that is none', () => {
    const other = createDtlsCertificate();
    const remoteFingerprint = parseFingerprint(other.fingerprint)!;
    const make = (options: { certificate: string; privateKey: string }, fingerprint = remoteFingerprint) =>
      new Dtls({ role: 'server', ...options, remoteFingerprint: fingerprint });
    assert.throws(() => make({ certificate: '', privateKey: '' }), { code: 'ERR_DTLS_CERTIFICATE' });
    assert.throws(() => make({ ...CERTIFICATES.client, privateKey: other.privateKey }), {
      code: 'ERR_DTLS_CERTIFICATE',
    });
    assert.throws(() => make({ certificate: 'x'.repeat(20_000), privateKey: '' }), { code: 'ERR_INVALID_ARG_VALUE' });
    for (const value of ['', 'AB:CD', remoteFingerprint.value.replace(':', ''), `${remoteFingerprint.value}:00`])
      assert.throws(() => make(CERTIFICATES.client, { algorithm: 'sha-256', value }), TypeError);
  });

  it('checks in C what it is given', () => {
    const addon = nativeAddon();
    const { certificate, privateKey } = CERTIFICATES.client;
    const context = addon.dtlsContext(certificate, privateKey);
    const digest = new Uint8Array(32);
    const dtls = addon.dtlsCreate(context, 1, digest, 1200, 100);
    const calls: [keyof typeof addon, unknown[]][] = [
      ['dtlsContext', [certificate]],
      ['dtlsContext', [certificate, 5]],
      ['dtlsContext', [`${certificate}\0`, privateKey]],
      ['dtlsCreate', [dtls, 1, digest, 1200, 100]],
      ['dtlsCreate', [{}, 1, digest, 1200, 100]],
      ['dtlsCreate', [context, 2, digest, 1200, 100]],
      ['dtlsCreate', [context, 0.5, digest, 1200, 100]],
      ['dtlsCreate', [context, 1, new Uint8Array(33), 1200, 100]],
      ['dtlsCreate', [context, 1, new Uint8Array(65), 1200, 100]],
      ['dtlsCreate', [context, 1, new Uint16Array(32), 1200, 100]],
      ['dtlsCreate', [context, 1, digest, -1, 100]],
      ['dtlsCreate', [context, 1, digest, Number.NaN, 100]],
      ['dtlsCreate', [context, 1, digest, 1200, 1e300]],
      ['dtlsStart', []],
      ['dtlsStart', [context]],
      ['dtlsStart', [null]],
      ['dtlsReceive', [dtls, new Uint8Array(0)]],
      ['dtlsReceive', [dtls, new Uint8Array(65_536)]],
      ['dtlsReceive', [dtls, 'text']],
      ['dtlsSend', [dtls, new Uint8Array(16_385)]],
    ];
    for (const [name, given] of calls) {
      const call = () => (addon[name] as (...given: unknown[]) => unknown)(...given);
      assert.throws(call, { code: 'ERR_INVALID_ARG_VALUE' }, `${name} ${given}`);
    }
    addon.dtlsClose(dtls);
    for (const name of ['dtlsStart', 'dtlsTimeout', 'dtlsClose'] as const)
      assert.throws(() => addon[name](dtls), { code: 'ERR_DTLS_CLOSED' });
    assert.throws(() => addon.dtlsReceive(dtls, digest), { code: 'ERR_DTLS_CLOSED' });
  });
});

describe('fingerprints in descriptions', () => {
  it('are read if they are whole and of a known algorithm', () => {
    const value = new Array(32).fill('aB').join(':');
    assert.deepEqual(parseFingerprint(`SHA-256 ${value}`), { algorithm: 'sha-256', value });
    for (const text of ['', 'sha-256', `sha-1 ${value}`, `sha-512 ${value}`, `sha-256 ${value}0`, `__proto__ ${value}`])
      assert.equal(parseFingerprint(text), null);
  });
});
