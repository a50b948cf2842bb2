import type { Command } from '../command.ts';
import { runServer } from '../run-server.ts';

export const serveCommand: Command = {
  name: 'serve',
  summary: 'Run the server.',
  details: 'Prints its address once it is listening, and runs until Ctrl+C or SIGTERM; both end all streams cleanly.',
  run: async (context) => {
    const { serve } = await import('../serve.ts');
    const listening = (url: string) => context.print({ url: `${url}/` }, `Moonshare listens on ${url}/`);
    return runServer(context, (log, signal) => serve(context.settings.config, log, { signal, listening }));
  },
};
