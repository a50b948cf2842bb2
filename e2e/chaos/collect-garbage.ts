// Loaded into the server and its streamers (NODE_OPTIONS): at SIGUSR2 what nobody holds is freed, so that what is left counts.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => collect());
