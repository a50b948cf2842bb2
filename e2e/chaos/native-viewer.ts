import { setTimeout as delay } from 'node:timers/promises';
import { type IceCandidate, parseServerSignal, type ServerSignal, type SessionDescription } from '@moonshare/contract';
import { Audio, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { WebSocket } from 'ws';
import { CREDENTIALS } from '../harness/api.ts';

const VIDEO = 96;
const RETRY_MS = 500;
const KEY_K = 0x4b;

/** A viewer that comes back as our page does, without a browser: after a lost socket, a dead peer, a WebRtcConfig. */
export class NativeViewer {
  readonly name: string;
  /** Monotonic ms of the last video packet. */
  videoAt = Number.NEGATIVE_INFINITY;
  /** What it was last told of the stream: a status, an error code, or that there was no answer. */
  told = 'nothing yet';
  readonly #url: string;
  #socket: WebSocket | null = null;
  #peer: Peer | null = null;
  #closed = false;
  readonly #running: Promise<void>;

  constructor(name: string, server: string, streamerId: string) {
    this.name = name;
    this.#url = `${server.replace('http', 'ws')}/api/streamers/${streamerId}/peer?events=1`;
    this.#running = this.#run();
  }

  /** Holds a key down, or lets it go, if it is connected. */
  key(down: boolean): void {
    this.#peer?.key(down);
  }

  /** Goes without a word, and comes back. */
  crash(): void {
    this.#peer?.close();
    this.#peer = null;
    this.#socket?.terminate();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#connect();
      if (!this.#closed) await delay(RETRY_MS);
    }
    this.#peer?.close();
  }

  /** Resolves when the socket is closed. */
  #connect(): Promise<void> {
    const socket = new WebSocket(this.#url, { headers: { authorization: `Bearer ${CREDENTIALS}` } });
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.on('message', (data) => this.#onSignal(parseServerSignal(String(data))));
      socket.on('unexpected-response', (_request, response) => {
        this.told = `HTTP ${response.statusCode}`;
        socket.terminate();
      });
      socket.on('error', (error) => {
        this.told = error.message;
      });
      socket.on('close', (_code, reason) => {
        if (reason.length > 0) this.told = reason.toString();
        resolve();
      });
    });
  }

  #onSignal(signal: ServerSignal | null): void {
    if (signal === null || typeof signal !== 'object') return;
    if ('WebRtcConfig' in signal) this.#negotiate();
    else if ('Signaling' in signal) this.#peer?.receive(signal.Signaling);
    else if ('StreamerState' in signal) this.told = signal.StreamerState.error?.code ?? signal.StreamerState.status;
  }

  #negotiate(): void {
    this.#peer?.close();
    const socket = this.#socket;
    this.#peer = new Peer(this.name, {
      signal: (message) => socket?.send(JSON.stringify({ Signaling: message }), () => {}),
      video: () => {
        this.videoAt = performance.now();
      },
      failed: () => socket?.terminate(),
    });
  }
}

type Negotiation = Extract<Extract<ServerSignal, object>, { Signaling: unknown }>['Signaling'];

/** One native peer connection that offers to receive, as browsers do. */
class Peer {
  readonly #native: PeerConnection;
  readonly #tracks: Track[];
  readonly #keyboard: DataChannel;
  readonly #failed: () => void;
  readonly #early: IceCandidate[] = [];
  #answered = false;
  #closed = false;

  constructor(name: string, events: { signal: (message: Negotiation) => void; video: () => void; failed: () => void }) {
    const native = new PeerConnection(name, {
      iceServers: [],
      disableAutoNegotiation: true,
      forceMediaTransport: true,
    });
    this.#native = native;
    this.#failed = events.failed;
    native.onLocalDescription((sdp, ty) => events.signal({ Description: { ty: ty as 'offer', sdp } }));
    native.onLocalCandidate((candidate, sdp_mid) =>
      events.signal({ AddIceCandidate: { candidate: candidate.replace(/^a=/, ''), sdp_mid } }),
    );
    native.onStateChange((state) => {
      if (!this.#closed && (state === 'failed' || state === 'closed')) events.failed();
    });
    const video = new Video('0', 'RecvOnly');
    video.addH264Codec(VIDEO, 'profile-level-id=64001f;packetization-mode=1;level-asymmetry-allowed=1');
    const audio = new Audio('1', 'RecvOnly');
    audio.addOpusCodec(111);
    this.#tracks = [native.addTrack(video), native.addTrack(audio)];
    for (const track of this.#tracks) {
      track.onMessage((packet) => {
        if ((packet[1]! & 0x7f) === VIDEO) events.video();
      });
      track.onClosed(() => {});
    }
    this.#keyboard = native.createDataChannel('keyboard');
    this.#keyboard.onClosed(() => {});
    native.setLocalDescription('offer');
  }

  receive(message: Negotiation): void {
    if (this.#closed) return;
    try {
      if ('Description' in message) this.#onDescription(message.Description);
      else if (!this.#answered) this.#early.push(message.AddIceCandidate);
      else this.#native.addRemoteCandidate(message.AddIceCandidate.candidate, message.AddIceCandidate.sdp_mid ?? '0');
    } catch {
      // The connection has ended meanwhile.
      this.#failed();
    }
  }

  #onDescription({ ty, sdp }: SessionDescription): void {
    // Our offer is open: the server answers it.
    if (ty !== 'answer' || this.#answered) return;
    this.#native.setRemoteDescription(sdp, 'answer');
    this.#answered = true;
    for (const { candidate, sdp_mid } of this.#early) this.#native.addRemoteCandidate(candidate, sdp_mid ?? '0');
  }

  key(down: boolean): void {
    if (!this.#closed && this.#keyboard.isOpen()) {
      this.#keyboard.sendMessageBinary(Buffer.from([0, down ? 1 : 0, 0, 0, KEY_K]));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#keyboard.close();
    for (const track of this.#tracks) track.close();
    this.#native.close();
  }
}
