import { serverOf } from '../api-client.ts';
import type { Command } from '../command.ts';

/** Tools wait for pictures and controls for 60 s; longer ones say so. */
const ANSWER_LIMIT_MS = 75_000;
/** A model should not see what is over in a moment, such as a server that starts again. */
const RETRIES = 2;

export const mcpCommand: Command = {
  name: 'mcp',
  summary: 'Be an MCP server on stdin and stdout, for agents that start this command.',
  options: {
    name: { type: 'string', value: '<name>', doc: 'What people see the agent as; by default the name of its token.' },
  },
  details: `Its tools use the running server that the settings describe, or the one in MOONSHARE_SERVER_URL, with MOONSHARE_TOKEN or the
credentials. A server offers the same at /mcp without this command. docs/guides/mcp.md has the configuration of clients.`,
  run: async ({ settings: { config }, options: { name }, signal, progress }) => {
    // Only this command needs it, and it takes a while to load.
    const { serveMcpOnStdio } = await import('@moonshare/mcp');
    await serveMcpOnStdio({
      api: serverOf(config, { limitMs: ANSWER_LIMIT_MS, retries: RETRIES }),
      participant: typeof name === 'string' ? name : undefined,
      signal,
      failed: ({ message }) => progress(message),
    });
    return undefined;
  },
};
