import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { CREDENTIALS } from './test-server.ts';

export interface ReadEvent {
  id: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests know its type.
  data: any;
}

/** A client of `GET /api/events`. */
export class EventReader {
  readonly seen: ReadEvent[] = [];
  readonly comments: string[] = [];
  readonly response: Response;
  readonly #abort: AbortController;
  #waiting: (() => void)[] = [];

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
  }

  static async open(context: TestContext, url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const abort = new AbortController();
    context.after(() => abort.abort());
    const response = await fetch(`${url}/api/events`, {
      headers: { authorization: `Bearer ${CREDENTIALS}`, ...headers },
      signal: abort.signal,
    });
    const reader = new EventReader(response, abort);
    if (response.ok) void reader.#read().catch(() => {});
    return reader;
  }

  /** The first event, past or future, for which `holds` is true. */
  async event(holds: (event: ReadEvent) => boolean): Promise<ReadEvent> {
    return this.#until(() => this.seen.find(holds));
  }

  async comment(): Promise<string> {
    return this.#until(() => this.comments[0]);
  }

  close(): void {
    this.#abort.abort();
  }

  async #until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
  }

  async #read(): Promise<void> {
    let fields: Record<string, string> = {};
    for await (const line of createInterface(Readable.fromWeb(this.response.body as never))) {
      if (line.startsWith(':')) this.comments.push(line.slice(1).trim());
      else if (line !== '') fields[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 2);
      else if (fields.data !== undefined) {
        this.seen.push({ id: fields.id ?? '', type: fields.event ?? '', data: JSON.parse(fields.data) });
        fields = {};
      }
      for (const waiting of this.#waiting.splice(0)) waiting();
    }
  }
}
