import type { ParticipantReference } from '@moonshare/contract';
import type { Actor } from '../auth/actor.ts';

/** Values that are no secrets: IDs, names, roles, codes, figures. */
export type Detail =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly string[]
  | Readonly<Record<string, unknown>>;

/** What happened, before it gets its time and its place in the chain. */
export interface AuditRecord {
  event: string;
  /** null: nobody who is known here, or the server itself. */
  by: Actor | null;
  /** Where it came from, according to our proxies. */
  address?: string;
  streamer?: string;
  participant?: ParticipantReference | { participant_id: string };
  [detail: string]: Detail | Actor;
}

/** A request to the API by a known caller, and its outcome. */
export interface AuditedRequest {
  method: string;
  /** The pattern, never the URL. */
  route: string;
  /** The `:id` of `/api/streamers/:id`, and other fields of the path. */
  params: Readonly<Record<string, string>>;
  /** What the route says about it. */
  details: Readonly<Record<string, Detail>>;
  status: number;
  /** null: it was done. */
  code: string | null;
  by: Actor;
  address: string;
  /** Made so often that each minute gets one record. */
  isFrequent: boolean;
}
