import type { ErrorCode, Scope } from '@moonshare/contract';
import type { z } from 'zod';
import type { AnsweredName, SentName } from './schemas.ts';

/**
 * Who may call a route. `public`: anyone, or those whose request itself carries a right, as its handler decides; `authenticated`:
 * any authenticated caller, as the route is about the caller; a scope: callers that have it.
 */
export type Access = 'public' | 'authenticated' | Scope;

/** The fields of a path or a query. Query fields without a description are left out of the document. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** The answer to a successful call. */
export type Success =
  | { status: 101 }
  | { status: 200 | 204; schema?: undefined; type?: undefined }
  /** JSON. */
  | { status: 200 | 201; schema: AnsweredName; type?: undefined }
  /** A body of another content type; `schema`: that of its items. */
  | { status: 200; type: string; schema?: AnsweredName };

/** What is known of a route in advance. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As the router knows it, without the path prefix. */
  path: string;
  access: Access;
  tag: 'Streamers' | 'Pictures' | 'Viewers' | 'Participants' | 'Hosts' | 'Accounts' | 'Operations';
  summary: string;
  query?: Fields | undefined;
  body?: SentName | undefined;
  answer: Success;
  /** Besides those that follow from the access, the body and the parameters. */
  errors?: readonly ErrorCode[] | undefined;
}
