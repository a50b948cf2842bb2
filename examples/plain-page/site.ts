import { readFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { extname } from 'node:path';

export interface SiteOptions {
  /** The URL of the Moonshare server. */
  moonshare: string;
  credentials: string;
  streamer: string;
  /** Paths of the site, and the file that each shows. */
  files: Record<string, string>;
}

const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' };

/** A site that shows a stream: its pages, where the stream is (`GET /stream`), and tokens for it (`POST /token`). */
export function site({ moonshare, credentials, streamer, files }: SiteOptions): RequestListener {
  async function answer(what: string, response: ServerResponse): Promise<void> {
    if (what === 'GET /stream') return json(response, 200, { src: `${moonshare}/`, streamer });
    if (what === 'POST /token') {
      // Here your site asks who this is, and what they may do. The credentials stay here; what the browser gets is good for one join.
      const granted = await fetch(`${moonshare}/api/streamers/${streamer}/token`, {
        method: 'POST',
        headers: { authorization: `Bearer ${credentials}`, 'content-type': 'application/json' },
        body: JSON.stringify({ role: 'full' }),
      });
      return json(response, granted.status, await granted.json());
    }
    const file = what.startsWith('GET ') ? files[what.slice('GET '.length)] : undefined;
    if (file === undefined) return json(response, 404, {});
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(await readFile(file));
  }
  return ({ method, url }, response) =>
    void answer(`${method} ${url}`, response).catch((error: unknown) => {
      process.stderr.write(`${method} ${url}: ${error}\n`);
      json(response, 502, {});
    });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
