// A channel that closed before it was told keeps its process alive until it is collected as garbage (channels/), and a process
// that has nothing to do collects none. Streamers end by process.exit() instead; a test file has to end by itself.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
setInterval(runInNewContext('gc') as () => void, 2_000).unref();
