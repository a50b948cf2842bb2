#!/usr/bin/env node
import { COMMANDS } from './commands/all-commands.ts';
import { run } from './run.ts';
import { shutdownSignal } from './shutdown.ts';
import { firstLine } from './stdin.ts';

process.exitCode = await run(process.argv.slice(2), {
  commands: COMMANDS,
  environment: process.env,
  terminal: { out: console.log, error: console.error, stdin: firstLine },
  signal: shutdownSignal(),
});
