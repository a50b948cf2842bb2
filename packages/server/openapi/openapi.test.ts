import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type TestContext, test } from 'node:test';
import { ERROR_CAUSES, ERRORS, MoonshareError } from '@moonshare/contract';
import type { FastifyInstance } from 'fastify';
import { assertDocumented } from '../testing/documented.ts';
import { startTestServer } from '../testing/test-server.ts';
import type { OpenApiOperation } from './document.ts';
import type { JsonSchema } from './schemas.ts';

/** For browsers and MCP clients, not for callers. */
const OTHERS = new Set([
  ...['/', '/index.html', '/s/:id', '/embed/:id', '/vouch', '/admin', '/*', '/config.js', '/api/docs.css'],
  '/mcp',
]);

/** HEAD comes with GET, and preflights are the browser's business. */
const IMPLIED = ['HEAD', 'OPTIONS'];

/** Every route of a freshly started server, as `GET /path/:id`. */
async function routesOf(context: TestContext) {
  const routes = new Set<string>();
  const watch = (message: unknown) =>
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (!IMPLIED.includes(one) && !OTHERS.has(url)) routes.add(`${one} ${url}`);
    });
  subscribe('fastify.initialization', watch);
  context.after(() => unsubscribe('fastify.initialization', watch));
  const server = await startTestServer(context);
  return { routes, server };
}

test('every route is in the OpenAPI document, and nothing else is', async (context) => {
  const { routes, server } = await routesOf(context);
  const document = await (await fetch(`${server.url}/api/openapi.json`)).json();
  const described = Object.entries(document.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  assert.ok(routes.size > 20);
  assert.deepEqual(described.toSorted(), [...routes].toSorted());
});

test('every reference leads to a schema, and every operation has a unique ID', async (context) => {
  const server = await startTestServer(context);
  const document = await (await fetch(`${server.url}/api/openapi.json`)).json();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!);
  assert.ok(references.length > 20);
  for (const target of references) {
    const name = target.replace('#/components/schemas/', '');
    assert.ok(name in document.components.schemas, target);
  }
  const operations = Object.values(document.paths as Record<string, Record<string, { operationId: string }>>);
  const ids = operations.flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  assert.equal(new Set(ids).size, ids.length);
});

test('the schemas are those that requests are validated against', async (context) => {
  const server = await startTestServer(context);
  const { components } = await (await fetch(`${server.url}/api/openapi.json`)).json();
  const schemas = components.schemas as Record<string, JsonSchema>;
  assert.deepEqual(schemas.CreateStreamer?.required, ['streamer_id', 'client_unique_id', 'host_id', 'app_id']);
  assert.equal(schemas.CreateStreamer?.properties?.bitrate?.default, 20_000);
  assert.equal(schemas.EnsureStreamer?.additionalProperties, false);
  assert.equal(schemas.StreamerInfo?.additionalProperties, undefined, 'answers may grow');
  assert.match(JSON.stringify(schemas.InputEvent), /virtual key code/);
});

test('the bodies of new endpoints refuse unknown fields; those for older callers do not', async (context) => {
  const server = await startTestServer(context);
  const { paths, components } = await (await fetch(`${server.url}/api/openapi.json`)).json();
  const bodies = Object.values(paths as Record<string, Record<string, OpenApiOperation>>)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ requestBody }) => requestBody?.content['application/json']?.schema?.$ref ?? []);
  const open = [...new Set(bodies)]
    .map((reference) => reference.replace('#/components/schemas/', ''))
    .filter((name) => !JSON.stringify(components.schemas[name]).includes('"additionalProperties":false'));
  assert.deepEqual(open.toSorted(), ['AddHost', 'CreateStreamer', 'HostId']);
});

test('the page needs nothing but its own style sheet, and is escaped', async (context) => {
  const server = await startTestServer(context, { MOONSHARE_PATH_PREFIX: '/moon' });
  const response = await fetch(`${server.url}/api/docs`);
  const html = await response.text();
  assert.match(response.headers.get('content-security-policy') ?? '', /style-src 'self'/);
  assert.doesNotMatch(html, /<script|<style|style=|https?:\/\//);
  assert.match(html, /\/api\/streamers\/\{id\}\/input/);
  const [, style] = /<link rel="stylesheet" href="([^"]+)">/.exec(html)!;
  assert.equal((await fetch(new URL(style!, server.url))).status, 200);
  for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) assert.ok(html.includes(`id="${id}"`), id);
});

test('the page says for every error why it happens and what to do', async (context) => {
  const server = await startTestServer(context);
  const html = await (await fetch(`${server.url}/api/docs`)).text();
  const cell = (text: string) =>
    `<td>${text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)}</td>`;
  for (const [code, { status, message, hint }] of Object.entries(ERRORS)) {
    const cells = [message, ERROR_CAUSES[code as keyof typeof ERRORS], hint].map(cell).join('');
    assert.ok(html.includes(`<td><code>${code}</code></td><td>${status}</td>${cells}`), code);
  }
});

test('answers missing from the document are noticed: every test that calls the API compares them with it', () => {
  const url = 'http://a/moon/api/streamers/a';
  const known = new MoonshareError('STREAMER_NOT_FOUND').toBody();
  assertDocumented('GET', url, { status: 404, body: known });
  assertDocumented('TRACE', url, { status: 418, body: 'nobody documents this' });
  for (const [method, answer, about] of [
    ['GET', { status: 418, body: null }, /not in the OpenAPI document/],
    ['GET', { status: 200, body: { streamer_id: 'a' } }, /not of the documented schema/],
    ['GET', { status: 404, body: { ...known, code: 'HOST_NOT_FOUND' } }, /an error that the document does not contain/],
    ['GET', { status: 404, body: { ...known, hint: undefined } }, /not of the documented schema/],
    ['DELETE', { status: 204, body: {} }, /not of the documented schema/],
  ] as const) {
    assert.throws(() => assertDocumented(method, url, answer), about);
  }
});
