import { randomBytes } from 'node:crypto';
import type { Negotiation, ServerSignal } from '@moonshare/contract';
import { createDtlsCertificate, Dtls, parseFingerprint, type SrtpKeys, UdpSocket } from '@moonshare/webrtc';
import type { DtlsEvent } from '../../packages/webrtc/dtls/dtls.ts';
import { Driver } from '../../packages/webrtc/peer/driver.ts';
import { type Chunk, encodeChunk, type InitChunk } from '../../packages/webrtc/sctp/chunk.ts';
import { encodePacket, readPacket } from '../../packages/webrtc/sctp/packet.ts';
import { SrtpSession } from '../../packages/webrtc/srtp/session.ts';
import { BINDING, decodeStun, encodeStun, isStun } from '../../packages/webrtc/stun/message.ts';

const HOST = '127.0.0.1';
const PORTS = { sourcePort: 5000, destinationPort: 5000 };
const FIRST_TSN = 1000;
const ASK_MS = 200;

/** A browser of which each byte is under control: it joins as others do, and then sends whatever it is told to. */
export class RawBrowser {
  readonly #send: (signal: Negotiation) => void;
  readonly #certificate = createDtlsCertificate();
  readonly #local = { ufrag: randomBytes(4).toString('hex'), password: randomBytes(16).toString('hex') };
  readonly #port: number;
  readonly socket: UdpSocket;
  #remote = { ufrag: '', password: '', fingerprint: '' };
  #ssrc = 0;
  #dtls: Dtls | null = null;
  #driver: Driver<DtlsEvent> | null = null;
  #srtp: SrtpSession | null = null;
  #theirTag = 0;
  #theirTsn = 0;
  readonly #joined = Promise.withResolvers<void>();
  readonly #associated = Promise.withResolvers<void>();
  #asking: NodeJS.Timeout | null = null;
  #answered = () => {};
  #shown = () => {};
  tsn = FIRST_TSN;

  constructor(port: number, send: (signal: Negotiation) => void) {
    this.#port = port;
    this.#send = send;
    this.socket = UdpSocket.bind({
      address: HOST,
      port: 0,
      receive: (batch) => {
        for (const { data } of batch) this.#receive(Buffer.from(data));
      },
    });
  }

  /** Of its user name in checks, and the SSRC of the video. */
  get known(): { username: string; password: string; ssrc: number } {
    return {
      username: `${this.#remote.ufrag}:${this.#local.ufrag}`,
      password: this.#remote.password,
      ssrc: this.#ssrc,
    };
  }

  /** Until it has media keys. */
  async join(): Promise<void> {
    this.#send({ Description: { ty: 'offer', sdp: this.#offer() } });
    await this.#joined.promise;
  }

  /** Until there are data channels too. */
  async associate(): Promise<void> {
    const ask = (): void => this.sendChunks([init('init')], 0);
    ask();
    // What others have sent before may leave no room for it.
    const again = setInterval(ask, ASK_MS);
    await this.#associated.promise;
    clearInterval(again);
  }

  signal(message: ServerSignal): void {
    if (typeof message !== 'object' || !('Signaling' in message) || !('Description' in message.Signaling)) return;
    const { sdp } = message.Signaling.Description;
    const value = (name: string): string => new RegExp(`a=${name}:(.*)`).exec(sdp)![1]!.trim();
    this.#remote = { ufrag: value('ice-ufrag'), password: value('ice-pwd'), fingerprint: value('fingerprint') };
    this.#ssrc = Number(value('ssrc').split(' ')[0]);
    this.#ask();
    this.#asking ??= setInterval(() => this.#ask(), ASK_MS);
  }

  /** Until a check is answered that is sent now, and media come after that. */
  async isWatching(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#answered = resolve;
      this.#ask();
    });
    await new Promise<void>((resolve) => {
      this.#shown = resolve;
    });
  }

  close(): void {
    if (this.#asking !== null) clearInterval(this.#asking);
    this.#driver?.stop();
    this.socket.close();
  }

  /** A datagram as it is. */
  raw(datagram: Uint8Array): void {
    this.socket.send(datagram, { address: HOST, port: this.#port });
  }

  /** In a DTLS record. */
  data(bytes: Uint8Array): void {
    this.#driver!.run((now) => this.#dtls!.send(bytes, now));
  }

  sendChunks(chunks: readonly Chunk[], tag = this.#theirTag): void {
    this.data(encodePacket({ ...PORTS, tag }, chunks.map(encodeChunk)));
  }

  packet(chunks: readonly Buffer[]): Buffer {
    return encodePacket({ ...PORTS, tag: this.#theirTag }, chunks);
  }

  /** A TSN so far ahead of the last. */
  skip(numbers: number): number {
    this.tsn += numbers;
    return this.tsn;
  }

  /** The last TSN of the other side that is acknowledged. */
  get theirTsn(): number {
    return this.#theirTsn;
  }

  rtcp(packet: Uint8Array): void {
    this.raw(this.#srtp!.protectRtcp(packet));
  }

  #receive(datagram: Buffer): void {
    if (isStun(datagram)) this.#answer(datagram);
    else if (datagram[0]! >= 128) this.#shown();
    else this.#driver?.run((now) => this.#dtls!.receive(datagram, now));
  }

  #ask(): void {
    this.raw(
      encodeStun(
        {
          class: 'request',
          method: BINDING,
          transactionId: randomBytes(12),
          username: this.known.username,
          priority: 1,
          useCandidate: true,
          role: { type: 'controlling', tieBreaker: 2n ** 63n },
        },
        this.#remote.password,
      ),
    );
  }

  #answer(datagram: Buffer): void {
    const message = decodeStun(datagram)!;
    if (message.class === 'success') {
      this.#begin();
      this.#answered();
    }
    if (message.class !== 'request') return;
    const { transactionId } = message;
    const mappedAddress = { address: HOST, port: this.#port };
    this.raw(encodeStun({ class: 'success', method: BINDING, transactionId, mappedAddress }, this.#local.password));
  }

  #begin(): void {
    if (this.#dtls !== null) return;
    const remoteFingerprint = parseFingerprint(this.#remote.fingerprint)!;
    this.#dtls = new Dtls({ role: 'client', ...this.#certificate, remoteFingerprint });
    this.#driver = new Driver(this.#dtls, (event) => this.#onDtls(event), this.#joined.reject);
    this.#driver.run((now) => this.#dtls!.start(now));
  }

  #onDtls(event: DtlsEvent): void {
    if (event.type === 'send') this.raw(event.datagram);
    else if (event.type === 'connected') this.#open(event.srtp!);
    else if (event.type === 'data') this.#receiveSctp(event.data);
  }

  #open({ profile, local, remote }: SrtpKeys): void {
    this.#srtp = new SrtpSession(profile, local, remote);
    this.#joined.resolve();
  }

  #receiveSctp(bytes: Uint8Array): void {
    for (const chunk of readPacket(bytes)!.chunks) {
      if (chunk.type === 'initAck') this.#echo(chunk);
      else if (chunk.type === 'cookieAck') this.#associated.resolve();
      else if (chunk.type === 'data') {
        this.#theirTsn = Math.max(this.#theirTsn, chunk.tsn);
        this.sendChunks([{ type: 'sack', cumulative: this.#theirTsn, window: 100_000, gaps: [], duplicates: [] }]);
      }
    }
  }

  #echo(ack: InitChunk): void {
    this.#theirTag = ack.tag;
    this.#theirTsn = ack.tsn - 1;
    this.sendChunks([{ type: 'cookieEcho', cookie: ack.parameters.find(({ type }) => type === 7)!.value }]);
  }

  #offer(): string {
    const transport = [
      `a=ice-ufrag:${this.#local.ufrag}`,
      `a=ice-pwd:${this.#local.password}`,
      `a=fingerprint:${this.#certificate.fingerprint}`,
      'a=setup:active',
    ];
    return [
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=group:BUNDLE 0 1',
      'm=video 9 UDP/TLS/RTP/SAVPF 96',
      'c=IN IP4 0.0.0.0',
      'a=mid:0',
      'a=recvonly',
      'a=rtcp-mux',
      ...transport,
      'a=rtpmap:96 H264/90000',
      'a=fmtp:96 profile-level-id=64001f;packetization-mode=1;level-asymmetry-allowed=1',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:96 nack pli',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 0.0.0.0',
      'a=mid:1',
      ...transport,
      'a=sctp-port:5000',
      'a=max-message-size:262144',
      '',
    ].join('\r\n');
  }
}

/** As Chromium's. */
export function init(type: 'init' | 'initAck'): InitChunk {
  return {
    type,
    tag: 0x0a0b_0c0d,
    window: 1_000_000,
    outboundStreams: 65_535,
    inboundStreams: 65_535,
    tsn: FIRST_TSN,
    parameters: [
      { type: 0x8008, value: Buffer.from([130, 192]) },
      { type: 0xc000, value: Buffer.alloc(0) },
    ],
  };
}
