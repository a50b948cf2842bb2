import type { Command } from '../command.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the server.',
  details: 'Prints its address once it is listening, and runs until Ctrl+C or SIGTERM; both end all streams cleanly.',
  run: async ({ settings, signal, print }) => {
    const [{ serve }, { createLog }, { endOnCrash }] = await Promise.all([
      import('../serve.ts'),
      import('../log.ts'),
      import('../crash-policy.ts'),
    ]);
    const { config } = settings;
    const log = createLog(config.logLevel);
    const crash = endOnCrash({ log, dataDirectory: config.data });
    await serve(config, log, {
      signal: AbortSignal.any([signal, crash]),
      listening: (url) => print({ url: `${url}/` }, `Moonshare listens on ${url}/`),
    });
    return crash.aborted ? 1 : 0;
  },
};
