import { type Head, parseRecord } from './chain.ts';
import { ChainCheck, type Finding } from './chain-check.ts';
import { endsInLine, linesOf, listTrail, readHead } from './trail-files.ts';

export interface TrailReport {
  files: number;
  records: number;
  /** The numbers of the first and the last one; null: there are none. */
  first: number | null;
  head: Head | null;
  findings: Finding[];
}

/** Checks the whole trail in a folder, also while it is being written. `noted`: a head that was noted elsewhere. */
export async function verifyTrail(folder: string, noted: Head | null): Promise<TrailReport> {
  // Read before the lines, which may go on meanwhile.
  const written = await readHead(folder);
  const files = await listTrail(folder);
  const newest = files.at(-1);
  const isWhole = newest === undefined || (await endsInLine(folder, newest));
  const check = new ChainCheck([...(written === null ? [] : [written]), ...(noted === null ? [] : [noted])]);
  for (const file of files) {
    let number = 0;
    let line: string | null = null;
    for await (const next of linesOf(folder, file)) {
      if (line !== null) check.add(line, { file: file.name, line: number });
      line = next;
      number += 1;
    }
    // The last line of all may be half written, by a server that is running or was killed; the head says whether it ever was whole.
    // Without its newline it does not count either: the next server removes it.
    const isHalf = file === newest && line !== null && (!isWhole || parseRecord(line) === null);
    if (line !== null && !isHalf) check.add(line, { file: file.name, line: number });
  }
  const findings = check.end();
  // Read again: a server may have begun the trail meanwhile.
  if (check.records > 0 && written === null && (await readHead(folder)) === null)
    findings.push({ problem: 'unnoted', place: null });
  return { files: files.length, records: check.records, first: check.first, head: check.head, findings };
}
