import { randomInt } from 'node:crypto';
import { BandwidthEstimator, type NetworkEstimate } from '../congestion/estimator.ts';
import { SctpDataChannels } from '../dcep/data-channels.ts';
import type { ChannelEvent } from '../dcep/types.ts';
import type { DtlsCertificate } from '../dtls/certificate.ts';
import { Dtls, type DtlsEvent } from '../dtls/dtls.ts';
import { parseFingerprint } from '../dtls/fingerprint.ts';
import type { SrtpKeys } from '../dtls/transcript.ts';
import type { RefusedPackets, RtpFanout, ViewerPath } from '../fanout/rtp-fanout.ts';
import { IceAgent } from '../ice/agent.ts';
import { candidateLines, type LocalCandidate } from '../ice/candidate.ts';
import type { IceCredentials } from '../ice/checks.ts';
import { type IceEvent, type Path, pathKey } from '../ice/path.ts';
import type { RemoteIceCredentials } from '../ice/session.ts';
import type { TransportFeedback } from '../rtcp/transport-feedback.ts';
import { patchPacket, type StreamBinding } from '../rtp/packet.ts';
import { SctpAssociation } from '../sctp/association.ts';
import { countChunks } from '../sctp/packet.ts';
import { SrtpSession } from '../srtp/session.ts';
import { isStun } from '../stun/message.ts';
import { Driver } from './driver.ts';
import { type MediaQueue, type RtpHeader, ssrcOf } from './media-queue.ts';
import type { SentKind } from './tcp-listener.ts';
import { WholeFrames } from './whole-frames.ts';

/** Why a peer is gone. `unreachable`: ICE found no path, or lost it; `left`: it said so; `failed`: its handshake, or what it sent. */
export type PeerEnd = 'unreachable' | 'left' | 'failed';

/** What happens on data channels. */
export type PeerChannelEvent = Exclude<ChannelEvent, { type: 'send' | 'connected' | 'ended' }>;

/** Called on the JS thread; what they throw goes to `failed`. */
export interface PeerEvents {
  /** To be announced to the peer: `candidate:...`. */
  candidate(line: string): void;
  /** Media can be sent. */
  connected(): void;
  channel(event: PeerChannelEvent): void;
  /** A packet of data channels has come from this peer; false: it is not read, as if the network had lost it. May close the peer. */
  admitsData(packet: { bytes: number; chunks: number }): boolean;
  /** Some of its packets are larger than the path allows. */
  tooLarge(): void;
  /** A compound RTCP packet, decrypted. */
  rtcp(packet: Uint8Array): void;
  /** The last call but for `failed`, unless it was closed here. */
  ended(end: PeerEnd, detail: string): void;
  /** An error here, or in a handler above: close it. */
  failed(error: unknown): void;
}

export interface PeerOptions {
  local: IceCredentials;
  /** `fingerprint` as in SDP, `sha-256 AB:CD:...`. */
  remote: RemoteIceCredentials & { fingerprint: string };
  /** `controlling` if we offered. */
  ice: 'controlled' | 'controlling';
  /** `client` if we answered `active`. */
  dtls: 'client' | 'server';
  /** null: no data channels. */
  sctp: { remotePort: number } | null;
  events: PeerEvents;
}

/** What a peer needs of its server. */
export interface PeerSurroundings {
  certificate: DtlsCertificate;
  candidates(): readonly LocalCandidate[];
  allows(address: string): boolean;
  queue: MediaQueue;
  fanout: RtpFanout;
  /** False: it is lost. Media leave room for other things. */
  send(path: Path, datagram: Uint8Array, kind?: SentKind): boolean;
  validated(path: Path): void;
  /** Its `ufrags` have changed. */
  renamed(): void;
  leaves(): void;
}

interface Media {
  srtp: SrtpSession;
  /** Of the fan-out; null: no path was UDP so far. TCP takes one packet after the other. */
  handle: number | null;
}

type Life =
  /** ICE looks for a path, on which DTLS begins at once. */
  | { phase: 'connecting'; path: Path | null }
  | { phase: 'connected'; path: Path; media: Media | null }
  /** The peer is being told, on the path that there was. */
  | { phase: 'closing'; path: Path | null }
  | { phase: 'closed' };

/** All that there are numbers for: whoever uses this hears of each, and closes a peer that opens too many. */
const MAX_CHANNELS = 1024;

/** RFC 7983, and RFC 5761 for RTCP. */
const DTLS_BYTES = { least: 20, most: 63 };
const RTP_BYTES = { least: 128, most: 191 };
const MARKER = 0x80;
const RTCP_TYPES = { least: 192, most: 223 };

/** One browser: ICE, DTLS, SRTP, SCTP and data channels, put together. */
export class Peer {
  readonly #events: PeerEvents;
  readonly #remote: RemoteIceCredentials;
  readonly #surroundings: PeerSurroundings;
  readonly #ice: IceAgent;
  readonly #iceDriver: Driver<IceEvent>;
  readonly #dtls: Dtls;
  readonly #dtlsDriver: Driver<DtlsEvent>;
  readonly #channels: SctpDataChannels | null;
  readonly #channelsDriver: Driver<ChannelEvent> | null;
  readonly #frames = new WholeFrames();
  readonly #network = new BandwidthEstimator();
  /** Of the stream of its resends, from below half of the numbers on (RFC 3711 §3.3.1). */
  #rtxSequence = randomInt(2 ** 15);
  #life: Life = { phase: 'connecting', path: null };

  /** Throws TypeError if the fingerprint is none. */
  constructor({ local, remote, ice, dtls, sctp, events }: PeerOptions, surroundings: PeerSurroundings) {
    const remoteFingerprint = parseFingerprint(remote.fingerprint);
    if (remoteFingerprint === null) throw new TypeError('the fingerprint of the peer is malformed');
    this.#events = events;
    this.#surroundings = surroundings;
    const { certificate, candidates, allows } = surroundings;
    const failed = (error: unknown): void => events.failed(error);
    this.#dtls = new Dtls({ role: dtls, ...certificate, remoteFingerprint });
    this.#dtlsDriver = new Driver(this.#dtls, (event) => this.#onDtls(event), failed);
    this.#channels = sctp === null ? null : createChannels(dtls, sctp.remotePort);
    this.#channelsDriver = this.#channels && new Driver(this.#channels, (event) => this.#onChannel(event), failed);
    this.#ice = new IceAgent({ local, localCandidates: candidates(), role: ice, allows });
    this.#iceDriver = new Driver(this.#ice, (event) => this.#onIce(event), failed);
    this.#remote = remote;
  }

  get ufrags(): readonly string[] {
    return this.#ice.ufrags;
  }

  get transactionTag(): number {
    return this.#ice.transactionTag;
  }

  /** Announces where we are, and begins to look for a path. Call it once, when datagrams can be routed here. */
  start(): void {
    this.announce(this.#surroundings.candidates());
    this.#iceDriver.run((now) => this.#ice.setRemote(this.#remote, now));
  }

  addCandidate(line: string): void {
    this.#iceDriver.run((now) => this.#ice.addRemoteCandidate(line, now));
  }

  /** The peer has new credentials, and gets new ones of ours: on another path, all goes on as it was. Announces where we are once more. */
  restartIce(local: IceCredentials, remote: RemoteIceCredentials): void {
    this.#iceDriver.run((now) => this.#ice.restart(local, now));
    this.#surroundings.renamed();
    this.announce(this.#surroundings.candidates());
    this.#iceDriver.run((now) => this.#ice.setRemote(remote, now));
  }

  /** The same packets for every peer that gets them; they must stay as they are until the task is over. False: not connected. */
  sendRtp(packets: readonly Uint8Array[], header: RtpHeader): boolean {
    if (this.#life.phase !== 'connected' || this.#life.media === null) return false;
    const { media, path } = this.#life;
    if (path.protocol === 'udp') {
      this.#surroundings.queue.add(packets, media.handle!, header, this.#network.number);
      if (header.transportNumbersId !== 0) this.#network.sent(packets, performance.now());
    } else this.#sendOneByOne(packets, header, media.srtp, path);
    return true;
  }

  /** One that was sent with `keep` lately, by the number that it had. False: not connected, over TCP, or too long ago. */
  resendRtp(
    packet: Uint8Array,
    sequence: number,
    { rtx, transportNumbersId }: Pick<StreamBinding, 'rtx' | 'transportNumbersId'>,
  ): boolean {
    const handle = this.handle;
    if (handle === null || this.#life.phase !== 'connected' || this.#life.path.protocol !== 'udp') return false;
    const own = rtx && { ...rtx, sequence: this.#rtxSequence, twcc: this.#network.number };
    if (this.#surroundings.fanout.resend(handle, ssrcOf(packet), [sequence], own) === 0) return false;
    if (own === null) return true;
    this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
    if (transportNumbersId !== 0) this.#network.sent([packet], performance.now());
    return true;
  }

  /** What the peer reports of packets with transport-wide numbers. */
  transportFeedback(feedback: TransportFeedback): void {
    this.#network.feedback(feedback, performance.now());
  }

  /** What the path carries, by that; null: not known. */
  get network(): NetworkEstimate | null {
    return this.#life.phase === 'connected' && this.#life.path.protocol === 'udp' ? this.#network.estimate : null;
  }

  /** For the server: what the kernel did not take. */
  refused({ tooLarge }: RefusedPackets): void {
    if (tooLarge > 0) this.#tell(() => this.#events.tooLarge());
  }

  /** For the server, by what it sends to it. */
  get handle(): number | null {
    return this.#life.phase === 'connected' ? (this.#life.media?.handle ?? null) : null;
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.#life.phase !== 'connected' || this.#life.media === null) return;
    this.#surroundings.send(this.#life.path, this.#life.media.srtp.protectRtcp(packet));
  }

  /** Its number; null: there are too many, or none were agreed. Messages may be sent at once. */
  createChannel(label: string): number | null {
    let number: number | null = null;
    this.#channelsDriver?.run((now) => {
      const { channel, ...output } = this.#channels!.create({ label }, now);
      number = channel;
      return output;
    });
    return number;
  }

  /** False: it is not open, or too much waits. */
  sendMessage(channel: number, data: string | Uint8Array): boolean {
    let isAccepted = false;
    this.#channelsDriver?.run((now) => {
      const { accepted, ...output } = this.#channels!.send(channel, data, now);
      isAccepted = accepted;
      return output;
    });
    return isAccepted;
  }

  /** Bytes that wait to be sent. */
  bufferedAmount(channel: number): number {
    return this.#channels?.bufferedAmount(channel) ?? 0;
  }

  closeChannel(channel: number): void {
    this.#channelsDriver?.run((now) => this.#channels!.close(channel, now));
  }

  /** For the server: a datagram that came by this path. */
  receive(datagram: Uint8Array, path: Path): void {
    const [first = 0, second = 0] = datagram;
    if (isStun(datagram)) this.#iceDriver.run((now) => this.#ice.receive(datagram, path, now));
    else if (isWithin(first, DTLS_BYTES)) this.#receiveDtls(datagram);
    else if (isWithin(first, RTP_BYTES) && isWithin(second, RTCP_TYPES)) this.#receiveRtcp(datagram);
  }

  /** For the server: a TCP connection ended. */
  pathClosed(connection: number): void {
    this.#iceDriver.run((now) => this.#ice.pathClosed(connection, now));
  }

  /** For the server: more addresses of ours. */
  announce(candidates: readonly LocalCandidate[]): void {
    for (const line of candidateLines(candidates)) this.#tell(() => this.#events.candidate(line));
  }

  /** Idempotent. No event comes after it. */
  close(): void {
    const life = this.#life;
    if (life.phase === 'closing' || life.phase === 'closed') return;
    this.#life = { phase: 'closing', path: life.path };
    this.#channelsDriver?.run((now) => this.#channels!.end(now));
    this.#dtlsDriver.run((now) => this.#dtls.close(now));
    this.#life = { phase: 'closed' };
    for (const driver of [this.#channelsDriver, this.#dtlsDriver, this.#iceDriver]) driver?.stop();
    this.#surroundings.leaves();
    if (life.phase !== 'connected' || life.media === null) return;
    if (life.media.handle !== null) this.#surroundings.fanout.remove(life.media.handle);
    life.media.srtp.free();
  }

  #onIce(event: IceEvent): void {
    switch (event.type) {
      case 'send':
        this.#surroundings.send(event.path, event.datagram);
        break;
      case 'validated':
        this.#surroundings.validated(event.path);
        if (this.#life.phase === 'connecting' && this.#life.path === null) {
          this.#life.path = event.path;
          this.#dtlsDriver.run((now) => this.#dtls.start(now));
        }
        break;
      case 'selected':
        // A restart is over, if there was one.
        this.#surroundings.renamed();
        this.#select(event.path);
        break;
      case 'disconnected':
        // It may come back.
        break;
      case 'failed':
        this.#end('unreachable', 'no path to the peer');
        break;
    }
  }

  #select(path: Path): void {
    if (this.#life.phase !== 'connecting' && this.#life.phase !== 'connected') return;
    if (this.#life.path !== null && pathKey(this.#life.path) !== pathKey(path)) this.#network.pathChanged();
    this.#life.path = path;
    if (this.#life.phase === 'connected' && this.#life.media !== null) this.#moveMedia(this.#life.media, path);
  }

  #moveMedia(media: Media, path: Path): void {
    const { fanout, queue } = this.#surroundings;
    // Numbers are used in order: what waits goes before what follows by TCP. It goes where it would have gone.
    if (path.protocol === 'tcp') queue.flush();
    else if (media.handle === null) media.handle = fanout.add(media.srtp, fanoutPath(path));
    else fanout.setPath(media.handle, fanoutPath(path));
  }

  /** What does not fit is lost; the browser asks for a key frame then. */
  #sendOneByOne(packets: readonly Uint8Array[], header: RtpHeader, srtp: SrtpSession, path: Path): void {
    for (const [offset, packet] of packets.entries()) {
      const send = (begins: boolean): boolean => {
        const own = Buffer.from(packet);
        patchPacket(own, header, header.sequence + offset);
        const sealed = srtp.protectRtp(own);
        return sealed !== null && this.#surroundings.send(path, sealed, begins ? 'media' : 'rest of a frame');
      };
      // What is not kept for resending is sound: a packet each.
      if (header.keep) this.#frames.take((packet[1]! & MARKER) !== 0, send);
      else send(true);
    }
  }

  #receiveDtls(datagram: Uint8Array): void {
    // Its first flight may overtake the answer to our check; it is sent again.
    if (this.#life.phase === 'connecting' && this.#life.path === null) return;
    this.#dtlsDriver.run((now) => this.#dtls.receive(datagram, now));
  }

  #receiveRtcp(datagram: Uint8Array): void {
    if (this.#life.phase !== 'connected' || this.#life.media === null) return;
    const packet = this.#life.media.srtp.unprotectRtcp(datagram);
    if (packet === null) return;
    this.#tell(() => this.#events.rtcp(packet));
  }

  /** For events that no core has caused. */
  #tell(call: () => void): void {
    if (this.#life.phase === 'closing' || this.#life.phase === 'closed') return;
    try {
      call();
    } catch (error) {
      this.#events.failed(error);
    }
  }

  #onDtls(event: DtlsEvent): void {
    switch (event.type) {
      case 'send':
        if (this.#life.phase !== 'closed' && this.#life.path !== null)
          this.#surroundings.send(this.#life.path, event.datagram);
        break;
      case 'data':
        this.#receiveData(event.data);
        break;
      case 'connected':
        this.#onConnected(event.srtp);
        break;
      case 'closed':
        this.#end(event.reason === 'close_notify' ? 'left' : 'failed', event.detail);
        break;
    }
  }

  #receiveData(packet: Uint8Array): void {
    if (!this.#events.admitsData({ bytes: packet.length, chunks: countChunks(packet) })) return;
    this.#channelsDriver?.run((now) => this.#channels!.receive(packet, now));
  }

  #onConnected(keys: SrtpKeys | null): void {
    if (this.#life.phase !== 'connecting' || this.#life.path === null) return;
    const { path } = this.#life;
    this.#life = { phase: 'connected', path, media: keys && this.#openMedia(keys, path) };
    this.#events.connected();
    this.#channelsDriver?.run((now) => this.#channels!.start(now));
  }

  #openMedia({ profile, local, remote }: SrtpKeys, path: Path): Media {
    const srtp = new SrtpSession(profile, local, remote);
    const handle = path.protocol === 'udp' ? this.#surroundings.fanout.add(srtp, fanoutPath(path)) : null;
    return { srtp, handle };
  }

  #onChannel(event: ChannelEvent): void {
    switch (event.type) {
      case 'send':
        this.#dtlsDriver.run((now) => this.#dtls.send(event.packet, now));
        break;
      case 'connected':
        break;
      case 'ended':
        // Without data channels a browser is of no use: it left, or broke the rules.
        this.#end(event.reason === 'protocol' ? 'failed' : 'left', `data channels: ${event.detail}`);
        break;
      default:
        // Channels end with their peer, and are not told one by one.
        if (this.#life.phase !== 'closing') this.#events.channel(event);
    }
  }

  #end(end: PeerEnd, detail: string): void {
    if (this.#life.phase === 'closing' || this.#life.phase === 'closed') return;
    this.close();
    this.#events.ended(end, detail);
  }
}

function createChannels(dtlsRole: 'client' | 'server', remotePort: number): SctpDataChannels {
  // Both sides send INIT: either may be first to have DTLS.
  const association = new SctpAssociation({ role: 'client', remotePort });
  return new SctpDataChannels({ association, dtlsRole, maxChannels: MAX_CHANNELS });
}

function fanoutPath({ local, remote }: Path): ViewerPath {
  return { remote, local: local.address };
}

function isWithin(value: number, { least, most }: { least: number; most: number }): boolean {
  return value >= least && value <= most;
}
