import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * The chain of an audit trail. A record is a line of JSON; `previous` is the SHA-256 of the line before without its newline, so that
 * a line cannot be changed, removed or moved without changing every line after it. There is no key: whoever can write the files could
 * make the whole chain anew, but not one that contains a head that was noted elsewhere before.
 */

/** The last record of a chain: its number, counting from 1, and the hash of its line. */
export const headSchema = z.object({ seq: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) });
export type Head = z.infer<typeof headSchema>;

/** Before the first record. */
export const NO_RECORDS: Head = { seq: 0, hash: '0'.repeat(64) };

/** What the chain needs of a record; the rest is what happened. */
export const recordSchema = z.looseObject({
  seq: z.int().min(1),
  previous: headSchema.shape.hash,
  at: z.iso.datetime(),
  event: z.string(),
});
export type ChainedRecord = z.infer<typeof recordSchema>;

/** The line of the next record, and the head with it. `body`: the record as JSON, an object that is not empty. */
export function chain({ seq, hash }: Head, body: string): { line: string; head: Head } {
  const line = `{"seq":${seq + 1},"previous":"${hash}",${body.slice(1)}`;
  return { line, head: { seq: seq + 1, hash: hashOf(line) } };
}

export function hashOf(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

/** null: it is not a record. */
export function parseRecord(line: string): ChainedRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
