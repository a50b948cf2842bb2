import { parentPort, workerData } from 'node:worker_threads';
import { DownMixer, type SoundFormat } from './down-mixer.ts';

/** The thread of MixingThread: packets in, for each a stereo packet or null out, in order. */
const mixer = await DownMixer.open(workerData as SoundFormat);

parentPort!.on('message', (packet: Uint8Array) => {
  let mixed: Uint8Array | null;
  try {
    mixed = mixer.mix(packet);
  } catch {
    // A broken packet of the host is a lost one.
    mixed = null;
  }
  parentPort!.postMessage(mixed);
});
