import { localUrl } from '../api-client.ts';
import type { Command } from '../command.ts';

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
      server: { url: config.serverUrl ?? localUrl(config), token: config.token ?? config.credentials },
      participant: typeof name === 'string' ? name : undefined,
      signal,
      failed: ({ message }) => progress(message),
    });
    return undefined;
  },
};
