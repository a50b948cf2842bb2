// Speaks the process messages of the contract without a host or WebRTC; the app's title says how it behaves.
import { appendFileSync } from 'node:fs';
import {
  type FromStreamer,
  HEARTBEAT_MS,
  MoonshareError,
  type StreamerStatistics,
  toStreamerSchema,
} from '@moonshare/contract';
import { FAKE_ENCRYPTION } from './fake-encryption.ts';
import { fakeStats } from './fake-stats.ts';

const { FAKE_STREAMER_LOG } = process.env;
const peers = new Set<string>();
let launching = false;
/** The app runs already. */
let joins = false;
let app = { app_id: 0, title: '', is_hdr_supported: false };

process.on('message', (raw) => {
  const message = toStreamerSchema.parse(raw);
  if (FAKE_STREAMER_LOG) appendFileSync(FAKE_STREAMER_LOG, `${JSON.stringify({ pid: process.pid, message })}\n`);
  switch (message.type) {
    case 'init':
      app = message.app;
      joins = message.streamerId.startsWith('joins');
      if (app.title === 'Crashes') process.exit(3);
      if (app.title === 'Crashes again' && message.resume) process.exit(3);
      send({ type: 'hostState', host: { state: 'connecting', stage: 'launch' } });
      send({ type: 'launchWanted' });
      break;
    case 'launchGranted':
      if (app.title !== 'Launches when stopped') launch();
      break;
    case 'addPeer': {
      const { peerId } = message;
      peers.add(peerId);
      send({ type: 'toPeer', peerId, message: { WebRtcConfig: { ice_servers: [] } } });
      if (app.title !== 'Connects nobody' && app.title !== 'Hangs') {
        send({ type: 'peerOpened', peerId });
        send({ type: 'peerConnected', peerId });
        send({ type: 'peerFirstFrame', peerId, ms: 150 });
      }
      send({ type: 'toPeer', peerId, message: { UpdateApp: { app } } });
      if (app.title === 'Starts when watched' && launching) up();
      if (app.title === 'Ends when watched') {
        send({ type: 'broadcast', message: { ConnectionTerminated: { error_code: 7 } } });
        send({ type: 'hostState', host: { state: 'ended', error: new MoonshareError('TERMINATED').toBody() } });
      }
      break;
    }
    case 'fromPeer':
      send({ type: 'toPeer', peerId: message.peerId, message: { Signaling: message.message } });
      break;
    case 'removePeer':
      peers.delete(message.peerId);
      send({ type: 'broadcast', message: { StageComplete: { stage: `removed ${message.peerId}` } } });
      break;
    case 'stop':
      if (app.title === 'Launches when stopped') send({ type: 'launching', verb: 'launch' });
      process.exit(0);
      break;
    case 'input': {
      const answer = { accepted: message.events.length, refused: 0 };
      send({ type: 'inputDone', requestId: message.requestId, outcome: { answer } });
      break;
    }
    case 'getStats':
      if (app.title !== 'Silent') send({ type: 'stats', requestId: message.requestId, stats: stats() });
      break;
  }
});
process.on('disconnect', () => process.exit(0));
const beat = (memoryBytes: number) => send({ type: 'heartbeat', memoryBytes });
setInterval(() => beat(process.memoryUsage.rss()), HEARTBEAT_MS);
// It says that it has become too large.
process.on('SIGUSR2', () => beat(5e9));
send({ type: 'ready' });

function launch(): void {
  send({ type: 'hostInfo', currentGame: joins ? app.app_id : 0 });
  send({ type: 'launching', verb: joins ? 'resume' : 'launch' });
  if (app.title === 'Hangs') return;
  if (app.title === 'Refuses') {
    const error = new MoonshareError('HOST_BUSY').toBody();
    send({ type: 'launchAnswered', refused: true });
    send({ type: 'launchDone' });
    send({ type: 'hostState', host: { state: 'ended', error } });
    return;
  }
  launching = true;
  if (app.title !== 'Starts when watched' || peers.size > 0) up();
}

function up(): void {
  launching = false;
  send({ type: 'launchAnswered', refused: false });
  send({ type: 'hostState', host: { state: 'streaming', encryption: FAKE_ENCRYPTION } });
  send({ type: 'launchDone' });
}

function stats(): StreamerStatistics {
  return fakeStats([...peers]);
}

function send(message: FromStreamer): void {
  process.send?.(message);
}
