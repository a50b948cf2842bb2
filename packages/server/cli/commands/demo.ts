import type { Command } from '../command.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Start a virtual host (or use MOONSHARE_HOST), a server and a stream, and print a link to it.',
  // A newcomer's terminal is not a log file.
  defaults: { logLevel: 'warn' },
  run: async ({ settings, signal, print, progress }) => {
    const [{ demo }, { createLog }, { endOnCrash }] = await Promise.all([
      import('../demo/demo.ts'),
      import('../log.ts'),
      import('../crash-policy.ts'),
    ]);
    const { config } = settings;
    const log = createLog(config.logLevel);
    const crash = endOnCrash({ log, dataDirectory: config.data });
    await demo(config, log, {
      signal: AbortSignal.any([signal, crash]),
      progress,
      started: (link) => print({ link }, link),
    });
    return crash.aborted ? 1 : 0;
  },
};
