import { parentPort, workerData } from 'node:worker_threads';
import { DownMixer, type SoundFormat } from './down-mixer.ts';

/** The thread of MixingThread: for each packet in, a stereo packet or null out, in order. */
const mixer = await DownMixer.open(workerData as SoundFormat);

parentPort!.on('message', (packet: Uint8Array) => {
  let mixed: Uint8Array | null;
  try {
    mixed = mixer.mix(packet);
  } catch {
    // A broken packet from the host counts as lost.
    mixed = null;
  }
  parentPort!.postMessage(mixed);
});
