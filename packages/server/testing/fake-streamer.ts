import { createSocket } from 'node:dgram';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FromStreamer, MoonshareError, type ToStreamer } from '@moonshare/contract';
import { type WebSocket, WebSocketServer } from 'ws';
import { FAKE_ENCRYPTION } from './fake-encryption.ts';
import { fakeStats } from './fake-stats.ts';

const FORMAT = { width: 1920, height: 1080, touch: false };

/** Speaks the process messages of the contract without a host or WebRTC; the app’s title determines how it behaves. */
export class FakeStreamer {
  readonly #send: (message: FromStreamer) => void;
  readonly #exit: (code: number) => void;
  readonly #peers = new Set<string>();
  /** They send back what they receive. */
  readonly #mediaSockets = new Map<WebSocket, string>();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  #launching = false;
  /** The app is already running. */
  #joins = false;
  /** Whether its UDP port was free when it tried. */
  #hasPort: Promise<boolean> = Promise.resolve(true);
  #app = { app_id: 0, title: '', is_hdr_supported: false };

  /** `exit`: ends it at once, with the exit code of a process. */
  constructor(edges: { send: (message: FromStreamer) => void; exit: (code: number) => void }) {
    this.#send = edges.send;
    this.#exit = edges.exit;
  }

  /** As if its process were gone. */
  end(): void {
    for (const socket of this.#mediaSockets.keys()) socket.terminate();
  }

  receive(message: ToStreamer, socket?: Duplex): void {
    switch (message.type) {
      case 'init':
        this.#app = message.app;
        this.#joins = message.streamerId.startsWith('joins');
        if (this.#is('Crashes') || (this.#is('Crashes again') && message.resume)) {
          this.#exit(3);
          break;
        }
        if (this.#is('Binds its port')) this.#bindPort(message.webrtc.udpPort);
        else this.#connect();
        break;
      case 'launchGranted':
        if (this.#is('Binds its port')) void this.#hasPort.then((has) => has && this.#launch());
        else if (!this.#is('Launches when stopped') && !this.#is('Never launches')) this.#launch();
        break;
      case 'addPeer':
        this.#addPeer(message.peerId);
        break;
      case 'fromPeer':
        this.#send({ type: 'negotiation', peerId: message.peerId, message: message.message });
        break;
      case 'removePeer':
        this.#peers.delete(message.peerId);
        for (const [open, peerId] of this.#mediaSockets) if (peerId === message.peerId) open.terminate();
        break;
      case 'mediaSocket':
        if (socket !== undefined) this.#openMediaSocket(message, socket);
        break;
      case 'stop':
        if (this.#is('Launches when stopped')) this.#send({ type: 'launching', verb: 'launch' });
        this.#exit(0);
        break;
      case 'input': {
        const answer = { accepted: message.events.length, refused: 0 };
        this.#send({ type: 'inputDone', requestId: message.requestId, outcome: { outcome: 'done', answer } });
        break;
      }
      case 'getHeld':
        this.#send({ type: 'held', requestId: message.requestId, held: [] });
        break;
      case 'getStats':
        if (this.#is('Silent')) break;
        this.#send({ type: 'stats', requestId: message.requestId, stats: fakeStats([...this.#peers]) });
        break;
    }
  }

  #is(title: string): boolean {
    return this.#app.title === title;
  }

  #connect(): void {
    this.#send({ type: 'hostState', host: { state: 'connecting', stage: 'startingApp' } });
  }

  #bindPort(port: number): void {
    const socket = createSocket('udp4');
    this.#hasPort = new Promise((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, () => resolve(true));
    });
    void this.#hasPort.then((has) => {
      socket.close();
      if (has) this.#connect();
      else this.#send({ type: 'portTaken' });
    });
  }

  #addPeer(peerId: string): void {
    this.#peers.add(peerId);
    if (!this.#is('Connects nobody') && !this.#is('Hangs')) {
      this.#send({ type: 'peerOpened', peerId });
      this.#send({ type: 'peerConnected', peerId });
      this.#send({ type: 'peerTransport', peerId, transport: 'webrtc' });
      this.#send({ type: 'peerFirstFrame', peerId, ms: 150 });
      this.#send({ type: 'peerRung', peerId, rung: 'full', cause: null, networkKbps: null, streamKbps: 4000 });
    }
    if (this.#is('Starts when watched') && this.#launching) this.#up();
    if (!this.#is('Ends when watched')) return;
    this.#send({ type: 'hostState', host: { state: 'ended', error: new MoonshareError('TERMINATED').toBody() } });
  }

  #openMediaSocket({ peerId, request, head }: ToStreamer & { type: 'mediaSocket' }, socket: Duplex): void {
    const upgrade = { method: 'GET', ...request } as IncomingMessage;
    this.#webSockets.handleUpgrade(upgrade, socket, Buffer.from(head, 'base64'), (opened) => {
      this.#mediaSockets.set(opened, peerId);
      opened.once('close', () => this.#mediaSockets.delete(opened));
      opened.on('message', (data) => opened.send(data));
      this.#send({ type: 'peerTransport', peerId, transport: 'websocket' });
    });
  }

  #launch(): void {
    this.#send({ type: 'hostInfo', currentGame: this.#joins ? this.#app.app_id : 0 });
    this.#send({ type: 'launching', verb: this.#joins ? 'resume' : 'launch' });
    if (this.#is('Hangs')) return;
    if (this.#is('Refuses')) {
      this.#send({ type: 'launchAnswered', refused: true });
      this.#send({ type: 'launchDone' });
      this.#send({ type: 'hostState', host: { state: 'ended', error: new MoonshareError('HOST_BUSY').toBody() } });
      return;
    }
    this.#launching = true;
    if (!this.#is('Starts when watched') || this.#peers.size > 0) this.#up();
  }

  #up(): void {
    this.#launching = false;
    this.#send({ type: 'launchAnswered', refused: false });
    this.#send({ type: 'hostState', host: { state: 'streaming', encryption: FAKE_ENCRYPTION, format: FORMAT } });
    this.#send({ type: 'launchDone' });
  }
}
