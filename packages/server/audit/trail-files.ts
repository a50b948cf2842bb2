import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Head, headSchema } from './chain.ts';

/** The folder of the trail in a data directory. */
export const AUDIT_FOLDER = 'audit';
const HEAD_FILE = 'head.json';
const FILE = /^(\d{12})-(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** A file of the trail: its first record, and the day (UTC) of all of them. Sorting by name sorts by both. */
export interface TrailFile {
  name: string;
  first: number;
  day: string;
}

export function trailFile(first: number, at: Date): TrailFile {
  const day = dayOf(at);
  return { name: `${String(first).padStart(12, '0')}-${day}.jsonl`, first, day };
}

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** Oldest first; none if there is no folder. */
export async function listTrail(folder: string): Promise<TrailFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.sort().flatMap((name) => {
    const [, first, day] = FILE.exec(name) ?? [];
    return first === undefined || day === undefined ? [] : [{ name, first: Number(first), day }];
  });
}

/** The lines of a file; the last one may be incomplete while it is being written. */
export function linesOf(folder: string, { name }: TrailFile): AsyncIterable<string> {
  return createInterface({ input: createReadStream(join(folder, name), 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
}

/** Whether nothing follows its last newline. */
export async function endsInLine(folder: string, { name }: TrailFile): Promise<boolean> {
  const file = await open(join(folder, name));
  try {
    const { size } = await file.stat();
    if (size === 0) return true;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString() === '\n';
  } finally {
    await file.close();
  }
}

export async function sizeOf(folder: string, { name }: TrailFile): Promise<number> {
  return (await stat(join(folder, name))).size;
}

export function removeFile(folder: string, { name }: TrailFile): Promise<void> {
  return rm(join(folder, name), { force: true });
}

/** Opens a file for writing, which only its owner can read; the folder is made if it is missing. */
export async function openFile(folder: string, { name }: TrailFile): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  return open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return open(path, 'wx+', 0o600);
    throw error;
  });
}

/** The last record as it was noted beside the files; null: nothing is noted, or it cannot be read. */
export async function readHead(folder: string): Promise<Head | null> {
  try {
    return headSchema.safeParse(JSON.parse(await readFile(join(folder, HEAD_FILE), 'utf8'))).data ?? null;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** All of it or, after a crash, the one before. */
export async function writeHead(folder: string, head: Head): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, HEAD_FILE);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(head)}\n`);
    // Otherwise a power failure may leave an empty file under the name.
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
