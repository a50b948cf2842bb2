import { now } from '../clock.ts';
import type { FromViewers, ToViewers } from './messages.ts';
import { Viewer } from './viewer.ts';

/** Some viewers in a process of their own, which can be killed and stopped as browsers can. Ends with its parent. */

const REPORT_MS = 200;
const viewers = new Map<string, Viewer>();

process.on('message', (message: ToViewers) => {
  switch (message.type) {
    case 'start':
      for (const start of message.viewers) viewers.set(start.name, new Viewer(message.server, start));
      break;
    case 'key':
      viewers.get(message.name)?.key(message.down);
      break;
    case 'crash':
      viewers.get(message.name)?.crash();
      break;
    case 'link':
      viewers.get(message.name)?.useLink(message.link);
      break;
    case 'close':
      void Promise.all([...viewers.values()].map((viewer) => viewer.close())).then(() => process.disconnect());
      break;
  }
});
// Not through the library's own cleanup, which now and then crashes after many peers (docs/webrtc.md).
process.once('disconnect', () => process.exit(0));

let dueAt = now() + REPORT_MS;
setInterval(() => {
  const at = now();
  const lateMs = Math.max(0, at - dueAt);
  dueAt = at + REPORT_MS;
  const report: FromViewers = { type: 'report', at, lateMs, viewers: [...viewers.values()].map((v) => v.report()) };
  process.send?.(report);
}, REPORT_MS);
