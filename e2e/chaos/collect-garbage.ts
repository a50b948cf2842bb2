// Loaded into server and streamers (NODE_OPTIONS): SIGUSR2 forces a garbage collection, so that only referenced memory counts.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => collect());
