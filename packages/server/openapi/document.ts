import { ERRORS, type ErrorCode } from '@moonshare/contract';
import { requiredScope } from '../auth/index.ts';
import { OPERATIONS, type Operation } from './operations.ts';
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

/** OpenAPI 3.1 of every route, its forms from the schemas that check them. */
export function openApiDocument(o: { version: string; pathPrefix: string }): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const operation of OPERATIONS) {
    const path = operation.route.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Moonshare',
      version: o.version,
      description: 'One Moonlight session, shared by many browsers. Every error has a code, listed in docs/errors.md.',
    },
    servers: [{ url: o.pathPrefix === '' ? '/' : o.pathPrefix }],
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
  const { method, route, query = {}, body, answer } = operation;
  const scope = operation.open ? null : requiredScope(method, route);
  const names = [...route.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const success: Content | null = answer.schema
    ? { [answer.type ?? 'application/json']: { schema: reference(answer.schema) } }
    : answer.type
      ? { [answer.type]: {} }
      : null;
  return {
    tags: [operation.tag],
    summary: operation.summary,
    operationId: `${method.toLowerCase()}${route.replaceAll(/[^A-Za-z]+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    ...(scope === null ? {} : { description: `Needs the scope ${scope}.` }),
    parameters: [
      ...names.map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' } })),
      ...Object.entries(query).map(([name, { about, required = false }]) => ({
        name,
        in: 'query' as const,
        required,
        description: about,
        schema: { type: 'string' },
      })),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true as const, content: { 'application/json': { schema: reference(body) } } } }),
    responses: {
      [answer.status]: {
        description: answer.status === 101 ? 'WebSocket' : 'Done',
        ...(success && { content: success }),
      },
      ...errorResponses([...commonErrors(operation), ...(operation.errors ?? [])]),
    },
    security: operation.open ? [] : [{ bearer: [] }, { session: [] }],
  };
}

/** What follows from who may ask and what is sent. */
function commonErrors({ method, route, open, query, body, answer }: Operation): ErrorCode[] {
  const changes = method !== 'GET' || answer.status === 101;
  return [
    ...(body !== undefined || query !== undefined || route.includes(':') ? (['BAD_REQUEST'] as const) : []),
    ...(open ? [] : (['UNAUTHORIZED', 'RATE_LIMITED'] as const)),
    // Of an open one too: pages of other origins change nothing and open no sockets.
    ...(open && !changes ? [] : (['FORBIDDEN'] as const)),
    ...(body === undefined ? [] : (['PAYLOAD_TOO_LARGE'] as const)),
    ...(method === 'GET' ? [] : (['STORE_UNWRITABLE'] as const)),
    'INTERNAL',
  ];
}

/** One response for each status, which names the codes that have it. */
function errorResponses(codes: readonly ErrorCode[]): OpenApiOperation['responses'] {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].status);
  const content = { 'application/json': { schema: reference('Error') } };
  return Object.fromEntries([...byStatus].map(([status, list]) => [status, { description: list.join(', '), content }]));
}
