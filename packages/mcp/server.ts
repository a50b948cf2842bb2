import { McpServer } from '@modelcontextprotocol/server';
import packageJson from './package.json' with { type: 'json' };
import type { Caller, Tool } from './tool.ts';
import { ACTION_TOOLS } from './tools/actions.ts';
import { CONTROL_TOOLS } from './tools/control.ts';
import { LINK_TOOLS } from './tools/links.ts';
import { PICTURE_TOOLS } from './tools/pictures.ts';
import { STREAMER_TOOLS } from './tools/streamers.ts';

const TOOLS: readonly Tool[] = [...STREAMER_TOOLS, ...PICTURE_TOOLS, ...ACTION_TOOLS, ...CONTROL_TOOLS, ...LINK_TOOLS];

const INSTRUCTIONS = `Moonshare streams desktops and games of GameStream hosts. A streamer is one running stream; people watch it in their browsers and may use it at the same time as you.
To begin: list_streamers, or list_hosts, list_apps and create_streamer. Use mouse and keyboard with act, which shows you the result. Look with screenshot; instead of taking screenshots in a loop, use wait.
If a call fails with CONTROL_TAKEN, somebody else has the controls: ask with control (request), or do something else. Give them up with control (release) when you have finished.
Errors are JSON with a code, what happened and a hint about what to do.`;

/** An MCP server for one caller: a connection on stdio, or a request over HTTP. */
export function mcpServer(caller: Caller): McpServer {
  const server = new McpServer(
    { name: 'moonshare', title: 'Moonshare', version: packageJson.version },
    { capabilities: { tools: { listChanged: false } }, instructions: INSTRUCTIONS },
  );
  for (const tool of TOOLS) tool.register(server, caller);
  return server;
}
