// `moonshare mcp` as clients start it: an agent sees a stream of a real server, and uses it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CallToolResult, Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import example from '../../examples/mcp/claude-desktop.json' with { type: 'json' };
import { createTestCertificate, tlsFiles } from '../../packages/server/testing/test-certificate.ts';
import { CREDENTIALS, startTestServer } from '../../packages/server/testing/test-server.ts';
import { readImage } from '../../packages/tap/testing/image.ts';
import { started } from '../harness/screenshots.ts';

const MOONSHARE = fileURLToPath(new URL('../../packages/server/cli/moonshare.ts', import.meta.url));

/** As in the example, but with the command of this tree. */
async function connect(context: TestContext, environment: Record<string, string>): Promise<Client> {
  const [, ...args] = example.mcpServers.moonshare.args;
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MOONSHARE, ...args],
    env: { PATH: process.env.PATH!, MOONSHARE_CREDENTIALS: CREDENTIALS, ...environment },
  });
  await client.connect(transport);
  context.after(() => client.close());
  return client;
}

async function use(client: Client, name: string, input: Record<string, unknown>): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: input })) as CallToolResult;
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows what to expect.
function said(content: CallToolResult['content'][number] | undefined): any {
  assert.equal(content?.type, 'text');
  return JSON.parse(content.text);
}

test('an agent sees a stream, waits for it, has the controls under its name, and ends it', async (context) => {
  const server = await started(context);
  const client = await connect(context, { MOONSHARE_SERVER_URL: server.url });

  const shot = await use(client, 'screenshot', { streamer_id: 'a', max_edge: 320, format: 'png' });
  const [picture, facts] = shot.content;
  assert.equal(picture?.type, 'image');
  assert.equal(picture.mimeType, 'image/png');
  const { width, height } = await readImage(Buffer.from(picture.data, 'base64'));
  const told = said(facts);
  assert.deepEqual([width, height, told.width, told.height, told.scale], [320, 180, 320, 180, 0.5]);

  // The virtual host draws another picture 30 times a second.
  const changed = said((await use(client, 'wait', { streamer_id: 'a', until: 'change' })).content[0]);
  assert.equal(changed.outcome, 'changed');
  assert.ok(changed.frame > told.frame);

  await server.call('PUT', '/api/streamers/a/control', { policy: 'exclusive' });
  const control = said((await use(client, 'control', { streamer_id: 'a', action: 'request' })).content[0]);
  assert.deepEqual([control.holder.name, control.holder.kind], ['Claude', 'agent']);

  // Coordinates are of the picture that it was shown, which is smaller than the stream.
  const corner = [{ action: 'mouse_move', coordinate: [639, 0] }];
  const far = await use(client, 'act', { streamer_id: 'a', actions: corner });
  assert.deepEqual([far.isError, said(far.content[0]).code], [true, 'OUTSIDE_PICTURE']);

  const moves = [{ action: 'mouse_move', coordinate: [160, 90] }, { action: 'cursor_position' }];
  const [done, after] = (await use(client, 'act', { streamer_id: 'a', actions: moves, max_edge: 320 })).content;
  const { results, screenshot } = said(done);
  assert.deepEqual([results[1].cursor, screenshot.image], [{ x: 160, y: 90 }, 1]);
  assert.equal(after?.type, 'image');
  const beside = [...moves, { action: 'left_click', coordinate: [9999, 0] }];
  const failed = await use(client, 'act', { streamer_id: 'a', actions: beside });
  assert.deepEqual([failed.isError, said(failed.content[0]).code], [true, 'OUTSIDE_PICTURE']);

  const outside = await use(client, 'screenshot', { streamer_id: 'a', region: { x: 639, y: 0, width: 2, height: 2 } });
  assert.equal(outside.isError, true);
  assert.equal(said(outside.content[0]).code, 'BAD_REQUEST');

  assert.deepEqual(said((await use(client, 'end_streamer', { streamer_id: 'a' })).content[0]), { ended: 'a' });
  assert.deepEqual((await server.call('GET', '/api/streamers')).body.streamers, []);
});

test('a server with a certificate of its own is known by its file, and another one is told nothing', async (context) => {
  const [own, other] = [tlsFiles(context), tlsFiles(context)];
  own.write(await createTestCertificate('some.other.name'));
  other.write(await createTestCertificate());
  const settings = (files: typeof own.files) => ({
    MOONSHARE_TLS_CERT: files.certificate,
    MOONSHARE_TLS_KEY: files.key,
  });
  const server = await startTestServer(context, settings(own.files));
  const { port: PORT } = new URL(server.url);
  const listed = await use(await connect(context, { ...settings(own.files), PORT }), 'list_streamers', {});
  assert.deepEqual(said(listed.content[0]), { streamers: [] });
  const refused = await use(await connect(context, { ...settings(other.files), PORT }), 'list_streamers', {});
  assert.deepEqual([refused.isError, said(refused.content[0]).code], [true, 'SERVER_UNREACHABLE']);
});
