/** A process that crashes and then never ends by itself. */

import { endOnCrash } from '../../packages/server/cli/crash-policy.ts';
import { createLog } from '../../packages/server/cli/log.ts';

const crash = endOnCrash({ log: createLog('info'), dataDirectory: process.argv[2]!, limitMs: 50 });
setInterval(() => {}, 1000);
crash.addEventListener('abort', () => {
  throw new Error('and again while it ends');
});
setImmediate(() => {
  throw new Error('a fault');
});
