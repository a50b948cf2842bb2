import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { GameStreamError, type GameStreamErrorCode } from '../errors.ts';
import { httpReply, startTestHost, type TestRequest } from './fixtures/test-host.ts';
import { clientIdentity, hostIdentity } from './fixtures/vectors.ts';
import { pair } from './pair.ts';
import { PairingHost } from './pairing-host.ts';
import { serverInfoXml } from './server-info.ts';
import { errorXml } from './xml.ts';

/** A pairing host on real sockets; `misbehave` may answer in its place. */
async function startPairingHost(
  context: TestContext,
  options: { pin: string | null; misbehave?: (request: TestRequest) => string | Buffer | undefined },
) {
  const pairing = new PairingHost({ identity: hostIdentity, random: randomBytes });
  const seen: string[] = [];
  const known: string[] = [];
  const waiting: Socket[] = [];
  let httpsPort = 0;
  const host = await startTestHost(context, (request) => {
    const { path, parameters, secure } = request;
    const info = { hostname: 'box', uniqueId: 'A', httpPort: 47989, codecModeSupport: 1, mac: '', localIp: '' };
    if (path === '/serverinfo') {
      return httpReply(serverInfoXml({ ...info, httpsPort, paired: false, currentGame: 0 }));
    }
    seen.push([...parameters.keys()][4]!);
    const other = options.misbehave?.(request);
    if (other !== undefined) return other;
    if (secure) assert.ok(known.includes(clientIdentity.certificate));
    const answer = pairing.receive(parameters);
    if (answer.type === 'paired') known.push(answer.certificate);
    if (answer.type !== 'waitForPin') return httpReply(answer.xml);
    waiting.push(request.socket);
    if (options.pin === null) return undefined;
    return httpReply(pairing.enterPin(options.pin)!.xml);
  });
  httpsPort = host.httpsPort;
  return { httpPort: host.httpPort, pairing, seen, known, waiting };
}

const begin = (httpPort: number, signal?: AbortSignal) =>
  pair({ address: '127.0.0.1', httpPort, identity: clientIdentity, pin: '0420', ...(signal && { signal }) });

const rejects = (promise: Promise<unknown>, code: GameStreamErrorCode) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof GameStreamError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });

test('pairing with the right PIN returns the certificate to pin, and both sides know each other', async (context) => {
  const host = await startPairingHost(context, { pin: '0420' });
  assert.deepEqual(await begin(host.httpPort), { hostCertificate: hostIdentity.certificate });
  assert.deepEqual(host.known, [clientIdentity.certificate]);
  assert.deepEqual(host.seen, ['phrase', 'clientchallenge', 'serverchallengeresp', 'clientpairingsecret', 'phrase']);
});

test('each attempt has a uniqueid of its own', async (context) => {
  const ids = new Set<string>();
  const host = await startPairingHost(context, {
    pin: '0420',
    misbehave: ({ parameters }) => void ids.add(parameters.get('uniqueid')!) as undefined,
  });
  await begin(host.httpPort);
  await begin(host.httpPort);
  assert.equal(ids.size, 2);
  for (const id of ids) assert.match(id, /^[0-9A-F]{16}$/);
});

test('after a wrong PIN the host is made to forget the attempt', async (context) => {
  const host = await startPairingHost(context, { pin: '9999' });
  await rejects(begin(host.httpPort), 'PAIRING_WRONG_PIN');
  assert.deepEqual(host.seen, ['phrase', 'clientchallenge', 'serverchallengeresp', 'clientpairingsecret']);
  assert.deepEqual(host.known, []);
  assert.deepEqual(host.pairing.waiting, []);
});

test('a host that closes phase 1 after minutes timed out waiting for the PIN; at once, it refused', async (context) => {
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  for (const [after, code] of [
    [300_000, 'PAIRING_TIMED_OUT'],
    [1_000, 'PAIRING_REJECTED'],
  ] as const) {
    const host = await startPairingHost(context, {
      pin: null,
      misbehave: ({ socket }) => {
        now += after;
        socket.destroy();
        return undefined;
      },
    });
    await rejects(begin(host.httpPort), code);
    assert.deepEqual(host.seen, ['phrase']);
  }
});

test('an abort while the PIN is awaited closes the connection', async (context) => {
  const controller = new AbortController();
  let closed: Promise<unknown> | undefined;
  const host = await startPairingHost(context, {
    pin: null,
    misbehave: ({ socket }) => {
      closed = new Promise((resolve) => socket.once('close', resolve));
      setImmediate(() => controller.abort(new Error('changed my mind')));
      return undefined;
    },
  });
  await assert.rejects(begin(host.httpPort, controller.signal), /changed my mind/);
  await closed;
});

test('a refusal in phase 4 or an unknown certificate in phase 5 ends the pairing', async (context) => {
  const refused = await startPairingHost(context, {
    pin: '0420',
    misbehave: ({ parameters }) =>
      parameters.has('clientpairingsecret') ? httpReply(errorXml(400, 'no'), '400 Bad Request') : undefined,
  });
  await rejects(begin(refused.httpPort), 'PAIRING_REJECTED');
  const unknown = await startPairingHost(context, {
    pin: '0420',
    misbehave: ({ secure }) => (secure ? httpReply(errorXml(401, 'not authorized')) : undefined),
  });
  await rejects(begin(unknown.httpPort), 'PAIRING_REJECTED');
});

test('a pairing aborted while the PIN is awaited is cancelled at the host too', async (context) => {
  const controller = new AbortController();
  const host = await startPairingHost(context, { pin: null });
  const pairing = begin(host.httpPort, controller.signal);
  pairing.catch(() => {}); // awaited below
  while (host.pairing.waiting.length === 0) await new Promise(setImmediate);
  controller.abort(new Error('changed my mind'));
  await assert.rejects(pairing, /changed my mind/);
  assert.deepEqual(host.pairing.waiting, []);
  assert.deepEqual(host.seen, ['phrase', 'clientpairingsecret']);
});
