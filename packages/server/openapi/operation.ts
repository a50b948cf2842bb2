import type { ErrorCode, Scope } from '@moonshare/contract';
import type { z } from 'zod';
import type { AnsweredName, SentName } from './schemas.ts';

/**
 * Who may call a route. `public`: anybody, or whoever the request itself carries a right for, as its handler decides;
 * `authenticated`: any known caller, as it is about the caller; a scope: callers that have it.
 */
export type Access = 'public' | 'authenticated' | Scope;

/** The fields of a path or a query. Those of a query that have no description are left out of the document. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** What a successful call is answered with. */
export type Success =
  | { status: 101 }
  | { status: 200 | 204; schema?: undefined; type?: undefined }
  /** JSON. */
  | { status: 200 | 201; schema: AnsweredName; type?: undefined }
  /** A body of another content type; `schema`: that of its items. */
  | { status: 200; type: string; schema?: AnsweredName };

/** What is known of a route before anybody calls it. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the router knows it, without the path prefix. */
  path: string;
  access: Access;
  tag: 'Streamers' | 'Viewers' | 'Hosts' | 'Accounts' | 'Operations';
  summary: string;
  query?: Fields | undefined;
  body?: SentName | undefined;
  answer: Success;
  /** Besides those that follow from the rest: who asks, a body, parameters. */
  errors?: readonly ErrorCode[] | undefined;
}
