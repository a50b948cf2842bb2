import { ERRORS, type ErrorCode } from '@moonshare/contract';
import type { Operation, Success } from './operation.ts';
import { componentSchemas, type JsonSchema, reference } from './schemas.ts';

interface Content {
  [type: string]: { schema?: JsonSchema };
}

export interface OpenApiOperation {
  tags: string[];
  summary: string;
  operationId: string;
  description?: string;
  parameters: { name: string; in: 'path' | 'query'; required: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: true; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
  security: Record<string, string[]>[];
}

export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> };
}

/** OpenAPI 3.1 of these routes, with the schemas that requests are validated against. */
export function openApiDocument(
  operations: readonly Operation[],
  { version, pathPrefix }: { version: string; pathPrefix: string },
): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Moonshare',
      version,
      description: 'One Moonlight session, shared by many browsers. Every error has a code, listed in docs/errors.md.',
    },
    servers: [{ url: pathPrefix === '' ? '/' : pathPrefix }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The shared credentials, or an API token.' },
        session: { type: 'apiKey', in: 'cookie', name: 'moonshare_session', description: 'After POST /api/login.' },
      },
    },
  };
}

function describe(operation: Operation): OpenApiOperation {
  const { method, path, access, query = {}, body, answer } = operation;
  const isPublic = access === 'public';
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  return {
    tags: [operation.tag],
    summary: operation.summary,
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z]+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    ...(isPublic || access === 'authenticated' ? {} : { description: `Needs the scope ${access}.` }),
    parameters: [
      ...names.map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' } })),
      ...Object.entries(query).flatMap(([name, field]) =>
        field.description === undefined
          ? []
          : [
              {
                name,
                in: 'query' as const,
                required: !field.safeParse(undefined).success,
                description: field.description,
                schema: { type: 'string' },
              },
            ],
      ),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true as const, content: { 'application/json': { schema: reference(body) } } } }),
    responses: {
      [answer.status]: {
        description: answer.status === 101 ? 'WebSocket' : 'Done',
        ...contentOf(answer),
      },
      ...errorResponses([...commonErrors(operation), ...(operation.errors ?? [])]),
    },
    security: isPublic ? [] : [{ bearer: [] }, { session: [] }],
  };
}

function contentOf(answer: Success): { content?: Content } {
  if (answer.status === 101 || (answer.schema ?? answer.type) === undefined) return {};
  const { type = 'application/json', schema } = answer;
  return { content: { [type]: schema === undefined ? {} : { schema: reference(schema) } } };
}

/** What follows from the access and the body. */
function commonErrors({ method, path, access, query, body, answer }: Operation): ErrorCode[] {
  const isPublic = access === 'public';
  const changes = method !== 'GET' || answer.status === 101;
  return [
    ...(body !== undefined || query !== undefined || path.includes(':') ? (['BAD_REQUEST'] as const) : []),
    ...(isPublic ? [] : (['UNAUTHORIZED', 'RATE_LIMITED'] as const)),
    // Even a public one: pages of other origins may change nothing and open no sockets.
    ...(isPublic && !changes ? [] : (['FORBIDDEN'] as const)),
    ...(body === undefined ? [] : (['PAYLOAD_TOO_LARGE'] as const)),
    ...(method === 'GET' ? [] : (['STORE_UNWRITABLE'] as const)),
    'INTERNAL',
  ];
}

/** One response for each status, naming its error codes. */
function errorResponses(codes: readonly ErrorCode[]): OpenApiOperation['responses'] {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].status);
  const content = { 'application/json': { schema: reference('Error') } };
  return Object.fromEntries([...byStatus].map(([status, list]) => [status, { description: list.join(', '), content }]));
}
