import type {
  LocalTransport,
  NetworkEstimate,
  Peer,
  PeerEnd,
  RtpHeader,
  SdpTransport,
  StreamBinding,
  TransportFeedback,
  WebRtcServer,
} from '@moonshare/webrtc';
import type { Channel, Connection, ConnectionEvents, RemoteTransport } from '../connection.ts';

import { NativeChannels } from './native-channels.ts';

type Life =
  /** Channels can be created, and exist once it has started. */
  { phase: 'new' } | { phase: 'started'; peer: Peer } | { phase: 'closed' };

/** One browser on `@moonshare/webrtc`. */
export class NativeConnection implements Connection {
  readonly #server: WebRtcServer;
  readonly #events: ConnectionEvents;
  readonly #channels: NativeChannels;
  #life: Life = { phase: 'new' };

  constructor(server: WebRtcServer, events: ConnectionEvents) {
    this.#server = server;
    this.#events = events;
    this.#channels = new NativeChannels((channel) => events.channel(channel));
  }

  createChannel(label: string): Channel {
    return this.#channels.create(label);
  }

  start(local: LocalTransport, { transport, setup, application, weOffered }: RemoteTransport): void {
    const { ufrag, password, fingerprint } = transport;
    const peer = this.#server.connect({
      local,
      remote: { ufrag, password, fingerprint },
      ice: weOffered ? 'controlling' : 'controlled',
      // `setup` is what we answered, or the browser left to us.
      dtls: setup === 'active' ? 'client' : 'server',
      sctp: application === null ? null : { remotePort: application.sctpPort },
      events: {
        candidate: (line) => this.#events.candidate(line),
        connected: () => this.#events.open(),
        channel: (event) => this.#channels.receive(event),
        admitsData: (packet) => this.#events.admitsData(packet),
        rtcp: (packet) => this.#events.rtcp(Buffer.from(packet.buffer, packet.byteOffset, packet.length)),
        tooLarge: () => this.#events.largePacketsRefused(),
        ended: (end) => this.#ended(end),
        failed: (error) => this.#events.failed(error),
      },
    });
    this.#life = { phase: 'started', peer };
    this.#channels.start(peer);
    peer.start();
  }

  restartIce({ ufrag, password }: LocalTransport, remote: SdpTransport): void {
    if (this.#life.phase === 'started')
      this.#life.peer.restartIce({ ufrag, password }, { ufrag: remote.ufrag, password: remote.password });
  }

  addCandidate(candidate: string): void {
    if (this.#life.phase === 'started') this.#life.peer.addCandidate(candidate);
  }

  sendVideo(packets: readonly Buffer[], binding: StreamBinding, sequence: number): true {
    return this.#send(packets, { ...binding, sequence, keep: true });
  }

  resendVideo([packet]: readonly Buffer[], binding: StreamBinding, sequence: number): boolean {
    return (
      packet !== undefined && this.#life.phase === 'started' && this.#life.peer.resendRtp(packet, sequence, binding)
    );
  }

  sendAudio(packets: readonly Buffer[], binding: StreamBinding, sequence: number): true {
    return this.#send(packets, { ...binding, sequence, keep: false });
  }

  sendRtcp(packet: Buffer): void {
    if (this.#life.phase === 'started') this.#life.peer.sendRtcp(packet);
  }

  transportFeedback(feedback: TransportFeedback): void {
    if (this.#life.phase === 'started') this.#life.peer.transportFeedback(feedback);
  }

  get network(): NetworkEstimate | null {
    return this.#life.phase === 'started' ? this.#life.peer.network : null;
  }

  close(): void {
    if (this.#life.phase === 'started') this.#life.peer.close();
    this.#life = { phase: 'closed' };
    this.#channels.close();
  }

  /** What the path refuses is told by `largePacketsRefused`; who takes no media is no reason for smaller packets. */
  #send(packets: readonly Buffer[], header: RtpHeader): true {
    if (this.#life.phase === 'started') this.#life.peer.sendRtp(packets, header);
    return true;
  }

  #ended(end: PeerEnd): void {
    if (this.#life.phase === 'closed') return;
    this.#events.ended(end === 'unreachable' ? 'failed' : 'closed');
  }
}
