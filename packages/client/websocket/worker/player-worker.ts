import { canMakeTracks } from '../picture/picture-sink.ts';
import { isSoundWorklet, registerSoundProcessor } from '../sound/sound-worklet.ts';
import type { ToPage, ToWorker } from './messages.ts';
import { Player } from './player.ts';

// One script for the worker and the sound worklet: bundlers know how to build workers, but few can build worklets.
if (isSoundWorklet()) registerSoundProcessor();
else runWorker();

function runWorker(): void {
  let player: Player | undefined;
  const send = (message: ToPage, transfer: Transferable[] = []): void => self.postMessage(message, { transfer });
  self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    switch (data.type) {
      case 'open':
        player = new Player({ url: data.url, surround: data.surround, picture: data.picture, send });
        break;
      case 'input':
        player?.sendInput(data.event);
        break;
      case 'count':
        if (player !== undefined) send({ type: 'counters', counters: player.counters });
        break;
      case 'drawn':
        player?.drawn();
        break;
      case 'close':
        player?.close();
        void Promise.resolve(player?.ended).then(() => self.close());
    }
  };
  send({ type: 'running', url: self.location.href, makesTracks: canMakeTracks() });
}
