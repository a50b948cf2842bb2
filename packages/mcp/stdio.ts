import { once } from 'node:events';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Rest, type RestOptions } from './rest.ts';
import { mcpServer } from './server.ts';

/** Serves MCP on stdin and stdout until stdin ends or the signal aborts. `failed`: what goes wrong on the way. */
export async function serveMcpOnStdio(
  options: RestOptions & { participant: string | undefined; signal: AbortSignal; failed: (error: Error) => void },
): Promise<void> {
  const { participant, signal, failed } = options;
  const rest = new Rest(options);
  const over = new AbortController();
  const ended = once(process.stdin, 'close', { signal: AbortSignal.any([signal, over.signal]) });
  const connection = serveStdio(
    () => mcpServer({ rest, participant, signal: AbortSignal.any([signal, over.signal]) }),
    { onerror: failed },
  );
  // Ends by its signal too.
  await ended.catch(() => {});
  over.abort();
  await connection.close();
}
