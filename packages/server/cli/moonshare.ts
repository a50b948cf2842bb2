#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { COMMANDS } from './commands/all-commands.ts';
import { run } from './run.ts';
import { shutdownSignal } from './shutdown.ts';

process.exitCode = await run(process.argv.slice(2), {
  commands: COMMANDS,
  environment: process.env,
  terminal: { out: console.log, error: console.error, stdin: firstLine },
  signal: shutdownSignal(),
});

/** The first line of stdin; empty if there is none. */
async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  return '';
}
