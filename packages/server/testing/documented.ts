import assert from 'node:assert/strict';
import { z } from 'zod';
import { API_ROUTES } from '../http/api-routes.ts';
import { type OpenApiOperation, openApiDocument } from '../openapi/document.ts';

const document = openApiDocument(API_ROUTES, { version: '0', pathPrefix: '' });
/** The JSON Schemas of the document, with references in the form that zod expects. */
const $defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'));

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path: new RegExp(`^(/[^/]+)*?${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    literal: !path.includes('{'),
    operation,
  })),
);

const forms = new Map<string, z.ZodType>();

function form(reference: string): z.ZodType {
  const known = forms.get(reference);
  if (known !== undefined) return known;
  const $ref = reference.replace('#/components/schemas/', '#/$defs/');
  const made = z.fromJSONSchema({ $ref, $defs });
  forms.set(reference, made);
  return made;
}

/** The operation of the OpenAPI document for this request, or null. */
function find(method: string, path: string): OpenApiOperation | null {
  const found = operations.filter((one) => one.method === method && one.path.test(path));
  return (found.find(({ literal }) => literal) ?? found[0])?.operation ?? null;
}

/**
 * Asserts that the OpenAPI document describes an answer: its status, schema and error code. Every answer that tests get from
 * `call` is compared with it; requests that the document does not contain are ignored.
 */
export function assertDocumented(method: string, url: string, answer: { status: number; body: unknown }): void {
  const operation = find(method, new URL(url).pathname);
  if (operation === null) return;
  const { status, body } = answer;
  const what = `${method} ${new URL(url).pathname}: ${status} ${JSON.stringify(body)}`;
  const response = operation.responses[status];
  assert.ok(response !== undefined, `not in the OpenAPI document: ${what}`);
  const schema = response.content?.['application/json']?.schema;
  const known = schema?.$ref === undefined ? z.null() : form(schema.$ref);
  const { error } = known.safeParse(body);
  assert.equal(error, undefined, `not of the documented schema: ${what}: ${error?.message}`);
  if (status < 400) return;
  const { code } = body as { code: string };
  assert.ok(response.description.split(', ').includes(code), `an error that the document does not contain: ${what}`);
}
