/** The part of a `Response` that is used. */
export interface Reply {
  status: number;
  headers: { get(name: string): string | null };
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;
}

/** The part of `fetch` that is used, so that programs can bring their own. Rejects if there is no reply. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; cache: 'no-store'; signal: AbortSignal },
) => Promise<Reply>;

/** The body as it arrives. Safari cannot iterate over streams. */
async function* chunksOf({ body }: Reply): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  if (!('getReader' in body)) return yield* body;
  const reader = body.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops reading wants no more of it; a body that has failed cannot be cancelled.
    reader.cancel().catch(() => {});
  }
}

export async function bytesOf(reply: Reply): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(reply)) {
    chunks.push(chunk);
    size += chunk.length;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

export async function textOf(reply: Reply): Promise<string> {
  return new TextDecoder().decode(await bytesOf(reply));
}

/** The lines of a body, without their ends, which may be CRLF. Throws RangeError if one is longer than `most` characters. */
export async function* linesOf(reply: Reply, most: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(reply)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (rest.length > most) throw new RangeError('sent a line that is too long');
  }
  if (rest !== '') yield rest;
}
