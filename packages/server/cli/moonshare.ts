#!/usr/bin/env node
import { COMMANDS } from './commands/index.ts';
import { run } from './run.ts';
import { shutdownSignal } from './shutdown.ts';

process.exitCode = await run(process.argv.slice(2), {
  commands: COMMANDS,
  environment: process.env,
  terminal: { out: console.log, error: console.error },
  signal: shutdownSignal(),
});
