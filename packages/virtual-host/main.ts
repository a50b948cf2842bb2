import { HELP, readOptions } from './command-line.ts';
import { EncodersMissingError } from './encode/encoders.ts';
import type { ReadyMessage } from './forked-host.ts';
import { startVirtualHost, type VirtualHost } from './host.ts';
import type { GivenOptions } from './options.ts';

/** The exit code that tells a parent not to try again. */
const ENCODERS_MISSING = 3;

async function main(): Promise<void> {
  let options: GivenOptions | null;
  let host: VirtualHost;
  try {
    options = readOptions(process.argv.slice(2), process.env);
    if (options === null) {
      console.log(HELP);
      return;
    }
    host = await startVirtualHost(options);
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof EncodersMissingError) {
      console.error(error.message);
      process.exitCode = ENCODERS_MISSING;
      return;
    }
    console.error(`The virtual host cannot start: ${(error as Error).message}`);
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      console.error('Another program uses this port. Choose other ports with --base-port.');
    } else {
      console.error('Try --help.');
    }
    return;
  }
  const stop = async () => {
    await host.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { ports, httpPort, httpsPort, adminPort, uniqueId } = host;
  if (process.send === undefined) {
    console.log(
      `Moonshare virtual host: HTTP ${httpPort}, HTTPS ${httpsPort}, RTSP ${ports.rtsp}, admin http://127.0.0.1:${adminPort}`,
    );
    return;
  }
  // Never outlive the parent.
  process.once('disconnect', stop);
  const ready: ReadyMessage = { type: 'ready', ports, httpPort, httpsPort, adminPort, uniqueId };
  process.send(ready);
}

await main();
