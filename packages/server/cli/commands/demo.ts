import type { Command } from '../command.ts';
import { runServer } from '../run-server.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Start a virtual host (or use MOONSHARE_HOST), a server and a stream, and print a link to it.',
  // A newcomer's terminal is not a log file.
  defaults: { logLevel: 'warn' },
  run: async (context) => {
    const { demo } = await import('../demo/demo.ts');
    const { settings, print, progress } = context;
    const started = (link: string) => print({ link }, link);
    return runServer(context, (log, signal) => demo(settings.config, log, { signal, progress, started }));
  },
};
