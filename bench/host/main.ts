import { startVirtualHost } from '@moonshare/virtual-host';
import { InputLog } from '../../packages/virtual-host/desktop/input-log.ts';
import { VideoStream } from '../../packages/virtual-host/session/video-stream.ts';
import { readPictures } from '../clip/clip.ts';
import { answer } from '../harness/child.ts';
import { now } from '../harness/clock.ts';
import { RecordedStream, type SentFrame } from './recorded-stream.ts';

/** The virtual host with a recorded picture, reporting when frames were sent and when input arrived. Arguments: base port, PIN, file of the pictures. */

const [basePort, pin, picturesFile] = process.argv.slice(2);
const sent: SentFrame[] = [];
const inputs: number[] = [];

const pictures = readPictures(picturesFile!);
VideoStream.open = async (options) =>
  new RecordedStream(options, pictures, (frame) => sent.push(frame)) as unknown as VideoStream;
const addToLog = InputLog.prototype.add;
InputLog.prototype.add = function (...entry) {
  inputs.push(now());
  addToLog.apply(this, entry);
};

const host = await startVirtualHost({ basePort: Number(basePort), bind: '127.0.0.1', pin: pin! });
answer({
  /** Frames sent since the last call. */
  sent: () => sent.splice(0),
  /** When each input packet arrived, since the last call. */
  inputs: () => inputs.splice(0),
});
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => host.close().then(() => process.exit()));
process.send?.({ type: 'ready', httpPort: host.httpPort, adminPort: host.adminPort });
