import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Detail } from '../audit/records.ts';
import { actorOf } from '../auth/actor.ts';
import type { Access, Fields, Operation, Success } from '../openapi/operation.ts';
import { type Answered, SENT, type Sent } from '../openapi/schemas.ts';
import type { SecurityEvent } from '../security/events.ts';
import type { ApiServices } from './api-services.ts';
import type { Caller } from './authenticator.ts';
import { parse } from './errors.ts';
import type { Upgrade } from './upgrades.ts';

type Parsed<F extends Fields> = { [Name in keyof F]: z.output<F[Name]> };

/** A request whose parts have been checked. */
export interface RouteInput<A extends Access, P extends Fields, Q extends Fields, B> {
  params: Parsed<P>;
  query: Parsed<Q>;
  body: B extends keyof Sent ? Sent[B] : undefined;
  /** null: the caller is not authenticated here; the handler does it if necessary. */
  caller: A extends 'public' ? null : Caller;
  services: ApiServices;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Writes to the security log, with the address that the request comes from. */
  record(event: SecurityEvent): void;
  /** What the audit trail says of this request besides its path and its outcome. No secrets, and nothing that people type. */
  note(details: Readonly<Record<string, Detail>>): void;
}

/** The JSON of the answer, the reply if the handler has sent it, or anything if there is no body. */
type Result<S extends Success> = S extends { type: string }
  ? FastifyReply | undefined
  : S extends { schema: infer Name extends keyof Answered }
    ? Answered[Name]
    : unknown;

interface Definition<A extends Access, P extends Fields, Q extends Fields> extends Operation {
  access: A;
  /** A schema for each `:name` in the path. */
  params?: P;
  query?: Q;
  audit?: RouteAudit;
}

/**
 * Whether requests are in the audit trail: each one (every route that changes something, unless it says otherwise), or as sums of a
 * minute, where callers make many.
 */
export type RouteAudit = 'each' | 'summed';

export interface Route extends Operation {
  audit?: RouteAudit | undefined;
  /** false: no HEAD, which would be an endless stream. */
  head?: false | undefined;
  /** Bytes that the body may have; absent: what most may. */
  bodyLimit?: number | undefined;
  /** Answers a request, once the caller is known. */
  handle(request: FastifyRequest, reply: FastifyReply, services: ApiServices): Promise<unknown>;
  socket?: {
    /** Runs before the upgrade: throws to refuse it. */
    admit(request: FastifyRequest, reply: FastifyReply, services: ApiServices): Promise<void>;
    open(socket: WebSocket, request: FastifyRequest, services: ApiServices): void;
  };
  /** Has taken the connection of an upgrade when it returns; throws to refuse it. */
  upgrade?(request: FastifyRequest, reply: FastifyReply, services: ApiServices, upgrade: Upgrade): void;
}

/** The complete definition of a route: the router, the OpenAPI document and the tests are all based on it. */
export function route<
  A extends Access,
  const S extends Exclude<Success, { status: 101 }>,
  P extends Fields = Record<never, never>,
  Q extends Fields = Record<never, never>,
  B extends keyof Sent | undefined = undefined,
>(
  definition: Definition<A, P, Q> & {
    body?: B;
    answer: S;
    head?: false;
    bodyLimit?: number;
    handler(input: RouteInput<A, P, Q, B>): Result<S> | Promise<Result<S>>;
  },
): Route {
  const { handler, answer } = definition;
  const read = reader(definition);
  return {
    ...definition,
    handle: async (request, reply, services) => {
      const result = await handler(read(request, reply, services));
      if (answer.type !== undefined) return result;
      return reply.code(answer.status).send(answer.schema === undefined ? undefined : result);
    },
  };
}

/** A route that becomes a WebSocket: `admit` decides before the upgrade, and its result is passed to `open`. */
export function socketRoute<Admitted, P extends Fields = Record<never, never>, Q extends Fields = Record<never, never>>(
  definition: Omit<Definition<'public', P, Q>, 'method' | 'access' | 'body' | 'answer'> & {
    admit(input: RouteInput<'public', P, Q, undefined>): Admitted | Promise<Admitted>;
    open(socket: WebSocket, admitted: Admitted, services: ApiServices): void;
  },
): Route {
  const operation = { ...definition, ...UPGRADED } as const;
  const read = reader<'public', P, Q, undefined>(operation);
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  return {
    ...operation,
    handle: askForUpgrade,
    socket: {
      admit: async (request, reply, services) => {
        admitted.set(request, await definition.admit(read(request, reply, services)));
      },
      open: (socket, request, services) => definition.open(socket, admitted.get(request)!, services),
    },
  };
}

/** A route that takes the connection of an upgrade over as it is: the WebSocket on it is spoken elsewhere. */
export function upgradeRoute<P extends Fields = Record<never, never>, Q extends Fields = Record<never, never>>(
  definition: Omit<Definition<'public', P, Q>, 'method' | 'access' | 'body' | 'answer'> & {
    /** Has taken the connection when it returns; throws to refuse it, which is answered on it. */
    take(input: RouteInput<'public', P, Q, undefined>, upgrade: Upgrade): void;
  },
): Route {
  const { take, ...described } = definition;
  const operation = { ...described, ...UPGRADED } as const;
  const read = reader<'public', P, Q, undefined>(operation);
  return {
    ...operation,
    handle: askForUpgrade,
    upgrade: (request, reply, services, upgrade) => take(read(request, reply, services), upgrade),
  };
}

const UPGRADED = { method: 'GET', access: 'public', answer: { status: 101 } } as const;

/** Answers a plain request for what should have been an upgrade. */
async function askForUpgrade(_request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  return reply.header('upgrade', 'websocket').callNotFound();
}

/** Checks the parts of a request. Throws BAD_REQUEST. */
function reader<A extends Access, P extends Fields, Q extends Fields, B extends keyof Sent | undefined>({
  params,
  query,
  body,
}: {
  params?: P | undefined;
  query?: Q | undefined;
  body?: B | undefined;
}) {
  const paramsSchema = z.object(params ?? {});
  const querySchema = z.object(query ?? {});
  return (request: FastifyRequest, reply: FastifyReply, services: ApiServices) =>
    ({
      params: parse(paramsSchema, request.params),
      query: parse(querySchema, request.query),
      body: body === undefined ? undefined : parse(SENT[body], request.body),
      caller: request.caller,
      services,
      request,
      reply,
      record: (event: SecurityEvent) => {
        request.audited = 'recorded';
        const by = request.caller === null ? null : actorOf(request.caller);
        services.security.record(services.authenticator.address(request), event, by);
      },
      note: (details: Readonly<Record<string, Detail>>) => {
        request.audited = details;
      },
    }) as unknown as RouteInput<A, P, Q, B>;
}
