import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { GameStreamError } from '../errors.ts';
import { bitrateReplyXml } from './bitrate.ts';
import { httpReply, startTestHost } from './fixtures/test-host.ts';
import { clientIdentity, hostIdentity } from './fixtures/vectors.ts';
import { HostClient } from './host-client.ts';
import { errorXml, replyXml } from './xml.ts';

const rejects = (promise: Promise<unknown>, code: string) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof GameStreamError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });

/** What protocol/1 §7.5 quotes. */
const CAPABILITIES = '{"supported":false,"version":1,"features":["runtime_bitrate"]}';
const NO_PATH = httpReply(errorXml(404, 'Not found'), '404 Not Found');

/** A paired client of a host that gives these answers; `asked` collects the paths and bitrates. */
async function clientOf(context: TestContext, answers: { bitrate?: Buffer; capabilities?: Buffer }) {
  const asked: string[] = [];
  const { httpPort, httpsPort } = await startTestHost(context, ({ path, parameters, secure, certificate }) => {
    assert.ok(secure && certificate !== null);
    if (path === '/serverinfo') return httpReply(errorXml(401));
    asked.push(path === '/bitrate' ? `bitrate ${parameters.get('bitrate')}` : path);
    return (path === '/bitrate' ? answers.bitrate : answers.capabilities) ?? NO_PATH;
  });
  const pairing = { identity: clientIdentity, hostCertificate: hostIdentity.certificate };
  return { client: new HostClient({ address: '127.0.0.1', httpPort, httpsPort, ...pairing }), asked };
}

test('the bitrate is what the host says it applied, or what was asked for if it does not say', async (context) => {
  for (const [answer, applied] of [
    ['<root status_code="200"><bitrate>5000</bitrate></root>', 5_000],
    [bitrateReplyXml(4_000), 4_000],
    [replyXml([]), 5_000],
  ] as const) {
    const { client, asked } = await clientOf(context, { bitrate: httpReply(answer) });
    assert.equal(await client.setBitrate(5_000), applied);
    assert.deepEqual(asked, ['bitrate 5000']);
  }
});

test('a host without the path cannot do it, however it says so', async (context) => {
  const statuses = ['404 Not Found', '405 Method Not Allowed', '501 Not Implemented'];
  for (const answer of [
    ...statuses.map((status) => httpReply('', status)),
    httpReply('<html><body>Nothing here</body>', '404 Not Found'),
    httpReply(errorXml(404, 'Not found')),
  ]) {
    const { client, asked } = await clientOf(context, { bitrate: answer, capabilities: answer });
    await rejects(client.setBitrate(5_000), 'HOST_CANNOT');
    assert.deepEqual(asked, ['bitrate 5000', '/api/abr/capabilities']);
    assert.equal(await client.changesBitrate(), false);
  }
});

test('a 404 of a host that knows how to do it is a refusal: it may have no stream of this client', async (context) => {
  const { client } = await clientOf(context, { capabilities: httpReply(CAPABILITIES) });
  await rejects(client.setBitrate(5_000), 'HOST_REFUSED');
  assert.equal(await client.changesBitrate(), true);
});

test('refusals and garbage are told apart', async (context) => {
  for (const [answer, code] of [
    [httpReply(bitrateReplyXml(0)), 'HOST_REFUSED'],
    [httpReply(errorXml(403, 'Permission denied')), 'HOST_REFUSED'],
    [httpReply(errorXml(400), '400 Bad Request'), 'HOST_REFUSED'],
    [httpReply(errorXml(401)), 'HOST_NOT_PAIRED'],
    [httpReply(replyXml([['bitrate', 'fast']])), 'HOST_BAD_REPLY'],
    [httpReply(replyXml([['bitrate', -5]])), 'HOST_BAD_REPLY'],
    [httpReply('{"bitrate":5000}'), 'HOST_BAD_REPLY'],
    [httpReply('x'.repeat(2_000_000)), 'HOST_BAD_REPLY'],
  ] as const) {
    const { client } = await clientOf(context, { bitrate: answer });
    await rejects(client.setBitrate(5_000), code);
  }
  for (const [answer, code] of [
    [httpReply('[]'), 'HOST_BAD_REPLY'],
    [httpReply('supported'), 'HOST_BAD_REPLY'],
    [httpReply(JSON.stringify({ features: 'x'.repeat(70_000) })), 'HOST_BAD_REPLY'],
    [httpReply(replyXml([])), 'HOST_BAD_REPLY'],
    [httpReply('', '500 Internal Server Error'), 'HOST_REFUSED'],
    [httpReply(errorXml(401)), 'HOST_NOT_PAIRED'],
  ] as const) {
    const { client } = await clientOf(context, { capabilities: answer });
    await rejects(client.changesBitrate(), code);
  }
});

test('a bitrate that no stream can start with is not sent', async (context) => {
  const { client, asked } = await clientOf(context, { bitrate: httpReply(bitrateReplyXml(5_000)) });
  for (const kbps of [0, 99, 1_000_001, 5_000.5, Number.NaN]) {
    await rejects(client.setBitrate(kbps), 'INVALID_ARGUMENT');
  }
  assert.deepEqual(asked, []);
});
