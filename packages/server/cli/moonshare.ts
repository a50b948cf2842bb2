#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { MoonshareError } from '@moonshare/contract';
import { describeSettings, loadConfig } from '../config/index.ts';
import { demo } from '../demo/demo.ts';
import { createLog } from './log.ts';
import { serve } from './serve.ts';
import { shutdownSignal } from './shutdown.ts';

const HELP = `Moonshare: one Moonlight session, shared by many browsers.

Usage: moonshare <command> [--help]

Commands:
  serve   Run the server.
  demo    Start a virtual host (or use the one in MOONSHARE_HOST), a server and a stream, and print a link to it.

Settings, all from the environment:
${describeSettings()}`;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = fail(error);
}

/** The exit code. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { help: { type: 'boolean' } }, allowPositionals: true });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    console.log(HELP);
    return values.help ? 0 : 1;
  }
  if (rest.length > 0) throw new TypeError(`Unexpected argument "${rest[0]}"`);
  const signal = shutdownSignal();
  switch (command) {
    case 'serve': {
      const config = loadConfig(process.env);
      await serve(config, createLog(config.logLevel), signal);
      return 0;
    }
    case 'demo': {
      // A newcomer's terminal is not a log file.
      const config = loadConfig({ MOONSHARE_LOG_LEVEL: 'warn', ...process.env });
      await demo(config, createLog(config.logLevel), signal);
      return 0;
    }
    default:
      throw new TypeError(`There is no command "${command}"`);
  }
}

/** Says in one line what is wrong and what to do. */
function fail(error: unknown): number {
  if (error instanceof TypeError && !('cause' in error)) {
    console.error(`moonshare: ${error.message}. moonshare --help shows what there is.`);
    return 1;
  }
  const { code, message, hint } = MoonshareError.from(error);
  if (code === 'INTERNAL') console.error(error);
  console.error(`moonshare: ${message}. ${hint}`);
  return 1;
}
