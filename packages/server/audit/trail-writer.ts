import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { chain, type Head, hashOf, NO_RECORDS, parseRecord } from './chain.ts';
import { filesToPrune, type Retention } from './retention.ts';
import {
  dayOf,
  listTrail,
  openFile,
  readHead,
  removeFile,
  sizeOf,
  type TrailFile,
  trailFile,
  writeHead,
} from './trail-files.ts';

/** What waits for the disk: enough for minutes of a busy server, and a limit for one whose disk is full for long. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Written at a time, so that a full queue does not become one write. */
const MAX_BATCH = 500;
/** A file is closed at this size or at this part of all that may be kept, and with its day. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const FILES = 8;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** How often old files are looked for, with nothing to write too. */
const PRUNE_MS = 3_600_000;

export interface TrailWriterOptions extends Retention {
  folder: string;
  /** The trail cannot be written, and why; null: it can again. */
  changed: (error: unknown) => void;
  /** These many records are lost: more was waiting than may wait. */
  lost: (records: number) => void;
  /** A file was begun, after this record. */
  begun: (head: Head) => void;
}

interface Open {
  file: TrailFile;
  /** null: something failed, and it is opened again. */
  handle: FileHandle | null;
  /** Where the next line goes: what is behind it is the rest of a write that failed. */
  size: number;
}

/** Writes records to the files of a trail, in order, without making anyone wait. */
export class TrailWriter {
  readonly #options: TrailWriterOptions;
  /** As JSON. */
  #waiting: string[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #head: Head | null = null;
  /** Which head is in its file. */
  #notedSeq = -1;
  #open: Open | null = null;
  #writing: Promise<void> | null = null;
  #failed: { retryMs: number } | null = null;
  readonly #closing = new AbortController();
  readonly #pruneTimer: NodeJS.Timeout;
  #pruneAt = 0;

  constructor(options: TrailWriterOptions) {
    this.#options = options;
    this.#pruneTimer = setInterval(() => this.#start(), PRUNE_MS).unref();
  }

  /** Whether the last write has worked. */
  get isWritable(): boolean {
    return this.#failed === null;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** If too much is waiting already, it is counted as lost, and the trail will say so. */
  add(record: { at: string; event: string }): void {
    const body = JSON.stringify(record);
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes + body.length > MAX_WAITING_BYTES) {
      this.#lost += 1;
      this.#options.lost(1);
      return;
    }
    this.#wait(body);
    this.#start();
  }

  /** Writes what is waiting, for so long at most; while it cannot be written, tries once more. */
  async close(limitMs: number): Promise<void> {
    clearInterval(this.#pruneTimer);
    this.#closing.abort();
    const late = new AbortController();
    const limit = delay(limitMs, undefined, { signal: late.signal }).catch(() => {});
    await Promise.race([this.#flush(), limit]);
    late.abort();
    await this.#closeFile();
  }

  async #flush(): Promise<void> {
    do {
      this.#start();
      await this.#writing;
    } while (this.#waiting.length > 0 && this.#failed === null);
  }

  #wait(body: string): void {
    this.#waiting.push(body);
    this.#waitingBytes += body.length;
  }

  /** What the trail says of itself comes before what is waiting. */
  #first(record: { event: string; through?: number }): void {
    const body = JSON.stringify({ at: new Date().toISOString(), ...record });
    this.#waiting.unshift(body);
    this.#waitingBytes += body.length;
  }

  #start(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
      // It came in the meantime.
      if (this.#waiting.length > 0 && this.#failed === null) this.#start();
    });
  }

  /** Until nothing is waiting; while it fails, again and again. The last attempt is that of `close`. */
  async #write(): Promise<void> {
    for (;;) {
      const isLast = this.#closing.signal.aborted;
      try {
        await this.#writeAll();
        if (this.#failed !== null) this.#options.changed(null);
        this.#failed = null;
        return;
      } catch (error) {
        await this.#closeFile();
        if (this.#failed === null) this.#options.changed(error);
        const retryMs = Math.min(LAST_RETRY_MS, (this.#failed?.retryMs ?? FIRST_RETRY_MS / 2) * 2);
        this.#failed = { retryMs };
        if (isLast) return;
        await delay(retryMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
      }
    }
  }

  async #writeAll(): Promise<void> {
    this.#head ??= await this.#resume();
    while (this.#waiting.length > 0) {
      await this.#writeBatch(this.#waiting.slice(0, MAX_BATCH));
      if (this.#lost > 0) {
        this.#wait(JSON.stringify({ at: new Date().toISOString(), event: 'trail.lost', records: this.#lost }));
        this.#lost = 0;
      }
    }
    await this.#prune();
    if (this.#notedSeq === this.#head.seq) return;
    await writeHead(this.#options.folder, this.#head);
    this.#notedSeq = this.#head.seq;
  }

  async #writeBatch(batch: readonly string[]): Promise<void> {
    const { handle, open } = await this.#fileFor(new Date());
    let head = this.#head!;
    let text = '';
    for (const body of batch) {
      const next = chain(head, body);
      text += `${next.line}\n`;
      head = next.head;
    }
    const bytes = Buffer.from(text);
    await writeFully(handle, bytes, open.size);
    await handle.datasync();
    // From here on these records are in the trail.
    open.size += bytes.length;
    this.#head = head;
    this.#waiting.splice(0, batch.length);
    this.#waitingBytes -= batch.reduce((sum, body) => sum + body.length, 0);
  }

  /** The file that is being written, or another one. */
  async #fileFor(now: Date): Promise<{ handle: FileHandle; open: Open }> {
    const { folder, maxBytes, begun } = this.#options;
    const handle = await this.#reopened();
    const open = this.#open;
    const isFull = open !== null && open.size >= Math.min(MAX_FILE_BYTES, maxBytes / FILES);
    if (open !== null && handle !== null && !isFull && open.file.day === dayOf(now)) return { handle, open };
    await this.#closeFile();
    const head = this.#head!;
    const file = trailFile(head.seq + 1, now);
    const begunHandle = await openFile(folder, file);
    this.#open = { file, handle: begunHandle, size: 0 };
    // The rest of a write that failed.
    await begunHandle.truncate(0);
    begun(head);
    this.#pruneAt = 0;
    return { handle: begunHandle, open: this.#open };
  }

  /** The handle of the file that was being written; null: it is not what it was, so that another one is needed. */
  async #reopened(): Promise<FileHandle | null> {
    const open = this.#open;
    if (open === null || open.handle !== null) return open?.handle ?? null;
    const handle = await openFile(this.#options.folder, open.file);
    open.handle = handle;
    if ((await handle.stat()).size < open.size) return null;
    await handle.truncate(open.size);
    return handle;
  }

  async #closeFile(): Promise<void> {
    const handle = this.#open?.handle;
    if (this.#open) this.#open.handle = null;
    await handle?.close().catch(() => {});
  }

  /** The record that the next one follows. What a crash left of a line is removed; the last file is opened if it can go on. */
  async #resume(): Promise<Head> {
    const { folder } = this.#options;
    const noted = await readHead(folder);
    const last = await this.#lastLine(folder);
    // What was cut off or changed since stays visible: the chain goes on from what was written.
    if (noted !== null && (last === null || noted.seq >= last.seq)) return noted;
    const head = last ?? NO_RECORDS;
    // Before the first record: a trail without a noted head is one that somebody took it from.
    if (noted !== null) return head;
    await writeHead(folder, head);
    // The new head must not hide that.
    if (last !== null) this.#first({ event: 'trail.unnoted' });
    return head;
  }

  async #lastLine(folder: string): Promise<Head | null> {
    for (const file of (await listTrail(folder)).reverse()) {
      const handle = await openFile(folder, file);
      const content = await handle.readFile();
      const size = content.lastIndexOf('\n') + 1;
      if (size < content.length) await handle.truncate(size);
      const line = content.subarray(content.lastIndexOf('\n', size - 2) + 1, Math.max(0, size - 1));
      const seq = size === 0 ? null : (parseRecord(line.toString())?.seq ?? null);
      if (this.#open === null && size > 0) this.#open = { file, handle, size };
      else await handle.close();
      if (seq !== null) return { seq, hash: hashOf(line) };
    }
    return null;
  }

  async #prune(): Promise<void> {
    if (performance.now() < this.#pruneAt) return;
    const { folder } = this.#options;
    const files = await listTrail(folder);
    const sized = await Promise.all(files.map(async (file) => ({ ...file, bytes: await sizeOf(folder, file) })));
    const gone = filesToPrune(sized, this.#options, new Date());
    const next = files[gone.length];
    if (gone.length > 0 && next !== undefined) {
      // The trail says so first: otherwise the records would be missing.
      this.#first({ event: 'trail.pruned', through: next.first - 1 });
      await this.#writeBatch(this.#waiting.slice(0, 1));
      for (const file of gone) await removeFile(folder, file);
    }
    this.#pruneAt = performance.now() + PRUNE_MS;
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new Error('The disk takes no more of the audit trail');
    written += bytesWritten;
  }
}
