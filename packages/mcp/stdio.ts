import { once } from 'node:events';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { MoonshareApi } from '@moonshare/api';
import { mcpServer } from './server.ts';

interface StdioOptions {
  api: MoonshareApi;
  /** What the agent is called; undefined: the server decides. */
  participant: string | undefined;
  signal: AbortSignal;
  /** Called with what goes wrong on the way. */
  failed: (error: Error) => void;
}

/** Serves MCP on stdin and stdout until stdin ends or the signal aborts. */
export async function serveMcpOnStdio({ api, participant, signal, failed }: StdioOptions): Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const ended = once(process.stdin, 'close', { signal: until });
  const connection = serveStdio(() => mcpServer({ api, participant, signal: until }), { onerror: failed });
  // Ends by its signal too.
  await ended.catch(() => {});
  over.abort();
  await connection.close();
}
