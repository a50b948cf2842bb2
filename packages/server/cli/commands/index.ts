import type { Command } from '../command.ts';
import { configCommands } from './config.ts';
import { demoCommand } from './demo.ts';
import { serveCommand } from './serve.ts';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [serveCommand, demoCommand, ...configCommands];
