import { startVirtualHost } from '@moonshare/virtual-host';
import { PictureRenderer } from '../../packages/virtual-host/picture/picture.ts';
import { answer } from '../harness/child.ts';

/** The virtual host with its own picture, reporting when each was drawn. Arguments: base port, PIN. */

export interface DrawnPicture {
  number: number;
  /** ms since 1970, before its first pixel was drawn. */
  at: number;
}

const [basePort, pin] = process.argv.slice(2);
const drawn: DrawnPicture[] = [];
const draw = PictureRenderer.prototype.draw;
PictureRenderer.prototype.draw = function (desktop, number, time) {
  drawn.push({ number, at: performance.timeOrigin + performance.now() });
  draw.call(this, desktop, number, time);
};

const host = await startVirtualHost({ basePort: Number(basePort), bind: '127.0.0.1', pin: pin! });
answer({
  /** Pictures drawn since the last call. */
  drawn: () => drawn.splice(0),
});
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => host.close().then(() => process.exit()));
process.send?.({ type: 'ready', httpPort: host.httpPort });
