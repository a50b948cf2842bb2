import type { Command } from '../command.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Start a virtual host (or use the one of MOONSHARE_HOST), a server and a stream, and print a link to it.',
  // A newcomer's terminal is not a log file.
  defaults: { logLevel: 'warn' },
  run: async ({ settings, signal, print, say }) => {
    const [{ demo }, { createLog }] = await Promise.all([import('../../demo/demo.ts'), import('../log.ts')]);
    const { config } = settings;
    await demo(config, createLog(config.logLevel), { signal, say, started: (link) => print({ link }, link) });
    return 0;
  },
};
