import { type ChainedRecord, parseRecord } from './chain.ts';
import { linesOf, listTrail } from './trail-files.ts';

/** Which records are wanted; absent: all. */
export interface TrailFilter {
  since?: Date | undefined;
  until?: Date | undefined;
  /** `control` is all that begin with `control.`, and `control` itself. */
  event?: string | undefined;
  streamer?: string | undefined;
  /** A user, `token:3`, `link:4`, `credentials`, or the name or the ID of a participant. */
  by?: string | undefined;
}

/** The last `limit` records that match, oldest first. Lines that are no records are left out: verifying finds them. */
export async function readTrail(folder: string, filter: TrailFilter, limit: number): Promise<ChainedRecord[]> {
  const files = (await listTrail(folder)).filter(
    ({ day }) =>
      (filter.since === undefined || day >= filter.since.toISOString().slice(0, 10)) &&
      (filter.until === undefined || day <= filter.until.toISOString().slice(0, 10)),
  );
  let found: ChainedRecord[] = [];
  // From the end, until there are enough.
  for (const file of files.reverse()) {
    const own: ChainedRecord[] = [];
    for await (const line of linesOf(folder, file)) {
      const record = parseRecord(line);
      if (record !== null && matches(record, filter)) own.push(record);
    }
    found = [...own, ...found].slice(-limit);
    if (found.length === limit) break;
  }
  return found;
}

function matches(record: ChainedRecord, { since, until, event, streamer, by }: TrailFilter): boolean {
  const at = Date.parse(record.at);
  if (since !== undefined && at < since.getTime()) return false;
  if (until !== undefined && at > until.getTime()) return false;
  if (event !== undefined && record.event !== event && !record.event.startsWith(`${event}.`)) return false;
  if (streamer !== undefined && record.streamer !== streamer) return false;
  return by === undefined || namesIn(record).some((name) => name.toLowerCase() === by.toLowerCase());
}

/** By which a record can be found. */
function namesIn(record: ChainedRecord): string[] {
  const names: unknown[] = [];
  for (const someone of [record.by, record.participant, record.holder, record.previous_holder]) {
    if (typeof someone !== 'object' || someone === null) continue;
    const { kind, user, token, link, name, participant_id } = someone as Record<string, unknown>;
    names.push(user, name, participant_id);
    if (kind === 'credentials') names.push(kind);
    if (token !== undefined) names.push(`token:${token}`);
    if (link !== undefined) names.push(`link:${link}`);
  }
  return names.filter((name) => typeof name === 'string');
}

/** Who: `anna`, `anna (token 3)`, `link 4`, `credentials`, a participant, or nobody. */
export function whoIn(record: ChainedRecord): string {
  const { kind, user, token, link } = (record.by ?? {}) as Record<string, unknown>;
  const { name } = (record.participant ?? {}) as Record<string, unknown>;
  const account =
    kind === 'token'
      ? `${user ?? 'credentials'} (token ${token})`
      : kind === 'link'
        ? `link ${link}`
        : (user ?? kind ?? null);
  return [name, account].filter((part) => part !== null && part !== undefined).join(', ') || '-';
}

/** What is in a record besides when, what, who and where. */
export function detailsOf(record: ChainedRecord): string {
  const { seq: _seq, previous: _previous, at: _at, event: _event, by: _by, streamer: _streamer, ...rest } = record;
  const { participant: _participant, ...details } = rest as Record<string, unknown>;
  return Object.entries(details)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}
