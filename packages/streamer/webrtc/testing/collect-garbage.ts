// A channel that closed before we heard of it keeps its process alive until it is garbage-collected (channels/), and an idle
// process does not collect. Streamers end with process.exit() instead; a test file has to end by itself.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
setInterval(runInNewContext('gc') as () => void, 2_000).unref();
