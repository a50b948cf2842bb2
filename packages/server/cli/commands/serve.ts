import type { Command } from '../command.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the server.',
  details: 'Prints its address when it listens, and runs until Ctrl+C or SIGTERM; both end all streams cleanly.',
  run: async ({ settings, signal, print }) => {
    const [{ serve }, { createLog }] = await Promise.all([import('../serve.ts'), import('../log.ts')]);
    const { config } = settings;
    await serve(config, createLog(config.logLevel), {
      signal,
      listening: (url) => print({ url: `${url}/` }, `Moonshare listens on ${url}/`),
    });
    return 0;
  },
};
