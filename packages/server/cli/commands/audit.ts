import { join } from 'node:path';
import { MoonshareError } from '@moonshare/contract';
import { type Head, headSchema } from '../../audit/chain.ts';
import type { Finding } from '../../audit/chain-check.ts';
import { detailsOf, readTrail, whoIn } from '../../audit/read-trail.ts';
import { AUDIT_FOLDER } from '../../audit/trail-files.ts';
import { type TrailReport, verifyTrail } from '../../audit/verify-trail.ts';
import { type Command, UsageError } from '../command.ts';
import { table } from '../table.ts';

const LIMIT = 100;
const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export const auditCommands: Command[] = [
  {
    name: 'audit verify',
    summary: 'Check that no record of the audit trail was changed, removed or moved.',
    details:
      'Reads the files on this machine, also while the server is running. The trail is chained by hashes, without a key: who can write its files could make all of it anew. What such a trail cannot contain is a head that you noted before (--head); the server writes one into its log with each new file. The exit code is 1 if anything is not as it was written, or there are no records.',
    options: {
      head: { type: 'string', value: '<number:hash>', doc: 'A head that was noted: the trail has to contain it.' },
    },
    run: async ({ settings, options, print }) => {
      const head = headOption(options.head);
      const report = await reading(settings.config.data, (folder) => verifyTrail(folder, head));
      print(report, reportText(report));
      // What is not there proves nothing: it may have been removed as a whole.
      return report.findings.length === 0 && report.head !== null ? 0 : 1;
    },
  },
  {
    name: 'audit',
    summary: 'Show the last records of the audit trail: who did what and when.',
    details:
      'Reads the files on this machine, whether the server is running or not. Nothing that people type is in them. moonshare audit verify checks them.',
    options: {
      since: { type: 'string', value: '<time>', doc: 'From then on: 2026-12-01T10:00Z, or 30m, 2h, 7d ago.' },
      until: { type: 'string', value: '<time>', doc: 'Until then.' },
      event: { type: 'string', value: '<name>', doc: 'Only these: control.changed, or control for all of them.' },
      streamer: { type: 'string', value: '<id>', doc: 'Only what happened at this streamer.' },
      by: {
        type: 'string',
        value: '<who>',
        doc: 'Only what this one did: a user, token:3, link:4, credentials, or a participant.',
      },
      limit: { type: 'string', value: '<number>', doc: `How many records at most [${LIMIT}].` },
    },
    run: async ({ settings, options, print }) => {
      const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
      const filter = {
        since: timeOption('since', text('since')),
        until: timeOption('until', text('until')),
        event: text('event'),
        streamer: text('streamer'),
        by: text('by'),
      };
      const limit = limitOption(text('limit'));
      const records = await reading(settings.config.data, (folder) => readTrail(folder, filter, limit));
      const rows = records.map((record) => {
        const streamer = typeof record.streamer === 'string' ? record.streamer : '-';
        return [record.at, record.event, streamer, whoIn(record), detailsOf(record)];
      });
      print(
        { records },
        rows.length === 0 ? 'No records.' : table(['At', 'Event', 'Streamer', 'Who', 'Details'], rows),
      );
    },
  },
];

async function reading<T>(dataDirectory: string, read: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(dataDirectory, AUDIT_FOLDER);
  try {
    return await read(folder);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    throw new MoonshareError('CONFIG_INVALID', {
      message: `The audit trail in ${folder} cannot be read (${cause.code})`,
      hint: 'Run the command as the user of the server, with the same MOONSHARE_DATA.',
      cause,
    });
  }
}

function headOption(text: string | boolean | undefined): Head | null {
  if (typeof text !== 'string') return null;
  const [seq, hash] = text.split(':');
  const { data } = headSchema.safeParse({ seq: Number(seq), hash });
  if (data === undefined) throw new UsageError('--head needs a number and a hash: 1234:9f86d0…');
  return data;
}

function timeOption(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = unit === undefined ? Date.parse(text) : Date.now() - Number(amount) * UNITS_MS[unit as 'm' | 'h' | 'd'];
  if (Number.isNaN(ms))
    throw new UsageError(`--${name} needs a time (2026-12-01T10:00Z), or how long ago (30m, 2h, 7d)`);
  return new Date(ms);
}

function limitOption(text: string | undefined): number {
  if (text === undefined) return LIMIT;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError('--limit needs a number from 1 to 999999');
  return Number(text);
}

function reportText({ files, records, first, head, findings }: TrailReport): string {
  if (head === null && findings.length === 0) return 'There is no audit trail.';
  const extent = head === null ? 'No records' : `Records ${first} to ${head.seq} (${records} in ${files} files)`;
  const noted = head === null ? [] : [`Head: ${head.seq}:${head.hash}`];
  if (findings.length === 0) return [`${extent}: nothing was changed, removed or moved.`, ...noted].join('\n');
  return [`${extent}: this is not what was written.`, ...findings.map(findingText), ...noted].join('\n');
}

function findingText(finding: Finding): string {
  const at = finding.place === null ? '' : ` (${finding.place.file}, line ${finding.place.line})`;
  if (finding.problem === 'unnoted')
    return finding.place === null
      ? '- head.json is missing or unreadable: whether records are missing at the end cannot be told.'
      : `- head.json was missing or unreadable when a server went on with the trail${at}: whether records are missing before that cannot be told.`;
  if (finding.problem === 'unreadable') return `- A line is not a record${at}.`;
  const { first, last } = finding;
  const isOne = first === last;
  const what = isOne ? `Record ${first}` : `Records ${first} to ${last}`;
  switch (finding.problem) {
    case 'changed':
      return `- ${what} was changed${at}.`;
    case 'missing':
      return `- ${what} ${isOne ? 'is' : 'are'} missing before this line${at}.`;
    case 'moved':
      return `- ${what} comes after a later one${at}.`;
    case 'cut':
      return `- ${what} ${isOne ? 'is' : 'are'} missing at the end, after this line${at}.`;
  }
}
