import type { Command } from '../command.ts';
import { accountCommands } from './accounts.ts';
import { auditCommands } from './audit.ts';
import { configCommands } from './config.ts';
import { databaseCommands } from './database.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { hostCommands } from './hosts.ts';
import { mcpCommand } from './mcp.ts';
import { serveCommand } from './serve.ts';
import { streamerCommands } from './streamers.ts';

/** In the order in which the help lists them. */
export const COMMANDS: readonly Command[] = [
  serveCommand,
  demoCommand,
  doctorCommand,
  ...hostCommands,
  ...streamerCommands,
  mcpCommand,
  ...accountCommands,
  ...databaseCommands,
  ...auditCommands,
  ...configCommands,
];
