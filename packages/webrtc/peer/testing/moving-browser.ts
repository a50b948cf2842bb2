import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { createDtlsCertificate } from '../../dtls/certificate.ts';
import { Dtls, type DtlsEvent } from '../../dtls/dtls.ts';
import { parseFingerprint } from '../../dtls/fingerprint.ts';
import type { SrtpKeys } from '../../dtls/transcript.ts';
import type { IceCredentials } from '../../ice/checks.ts';
import { encodeFrame, FrameDecoder } from '../../ice/tcp-framing.ts';
import { deriveKeys, type SessionKeys, unprotectRtp } from '../../srtp/testing/reference-srtp.ts';
import { BINDING, decodeStun, encodeStun, isStun } from '../../stun/message.ts';
import { Driver } from '../driver.ts';

const HOST = '127.0.0.1';
const ASK_MS = 30;

export interface ReceivedRtp {
  /** The way it came. */
  way: string;
  sequence: number;
  /** It opens with this rollover counter. */
  rollover: number;
}

/** A browser in control that takes the path it is told to: UDP from several ports, or TCP. */
export class MovingBrowser {
  readonly local: IceCredentials = {
    ufrag: randomBytes(4).toString('hex'),
    password: randomBytes(16).toString('hex'),
  };
  readonly fingerprint: string;
  readonly received: ReceivedRtp[] = [];
  readonly #port: number;
  readonly #remote: IceCredentials;
  readonly #dtls: Driver<DtlsEvent>;
  readonly #core: Dtls;
  readonly #ways = new Map<string, { send(datagram: Uint8Array): void; close(): void }>();
  readonly #connected = Promise.withResolvers<void>();
  #way = '';
  #isStarted = false;
  #keys: SessionKeys | null = null;
  #asking: NodeJS.Timeout | null = null;
  #changed = () => {};

  constructor(port: number, remote: IceCredentials & { fingerprint: string }) {
    this.#port = port;
    this.#remote = remote;
    const certificate = createDtlsCertificate();
    this.fingerprint = certificate.fingerprint;
    this.#core = new Dtls({ role: 'client', ...certificate, remoteFingerprint: parseFingerprint(remote.fingerprint)! });
    this.#dtls = new Driver(
      this.#core,
      (event) => {
        if (event.type === 'send') this.#ways.get(this.#way)!.send(event.datagram);
        if (event.type === 'connected') this.#open(event.srtp!);
      },
      this.#connected.reject,
    );
  }

  addUdp(way: string): void {
    const socket = createSocket('udp4').bind(0, HOST);
    socket.on('message', (datagram) => this.#receive(way, datagram));
    const send = (datagram: Uint8Array): void => socket.send(datagram, this.#port, HOST);
    this.#ways.set(way, { send, close: () => socket.close() });
  }

  /** Returns the socket, which may be paused. */
  addTcp(way: string): Socket {
    const socket = connect(this.#port, HOST);
    const frames = new FrameDecoder();
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const datagram of frames.push(chunk)!) this.#receive(way, datagram);
    });
    const send = (datagram: Uint8Array): void => void socket.write(encodeFrame(datagram));
    this.#ways.set(way, { send, close: () => socket.destroy() });
    return socket;
  }

  /** Nominates a way until it is told to take another. */
  take(way: string): void {
    this.#way = way;
    if (this.#asking !== null) clearInterval(this.#asking);
    this.#ask();
    this.#asking = setInterval(() => this.#ask(), ASK_MS);
  }

  connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** Until what has been received is so. */
  async until(holds: (received: readonly ReceivedRtp[]) => boolean): Promise<void> {
    while (!holds(this.received))
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
  }

  close(): void {
    if (this.#asking !== null) clearInterval(this.#asking);
    this.#dtls.stop();
    for (const way of this.#ways.values()) way.close();
  }

  #ask(): void {
    const request = encodeStun(
      {
        class: 'request',
        method: BINDING,
        transactionId: randomBytes(12),
        username: `${this.#remote.ufrag}:${this.local.ufrag}`,
        priority: 1,
        useCandidate: true,
        role: { type: 'controlling', tieBreaker: 1n },
      },
      this.#remote.password,
    );
    this.#ways.get(this.#way)!.send(request);
  }

  #receive(way: string, datagram: Uint8Array): void {
    if (isStun(datagram)) this.#answer(way, datagram);
    else if (datagram[0]! < 64) this.#dtls.run((now) => this.#core.receive(Buffer.from(datagram), now));
    else this.#receiveRtp(way, Buffer.from(datagram));
  }

  #answer(way: string, datagram: Uint8Array): void {
    const message = decodeStun(datagram)!;
    if (message.class === 'success' && !this.#isStarted) {
      this.#isStarted = true;
      this.#dtls.run((now) => this.#core.start(now));
    }
    if (message.class !== 'request') return;
    const { transactionId } = message;
    const mappedAddress = { address: HOST, port: 9 };
    const response = { class: 'success', method: BINDING, transactionId, mappedAddress } as const;
    this.#ways.get(way)!.send(encodeStun(response, this.local.password));
  }

  #open({ profile, remote }: SrtpKeys): void {
    this.#keys = deriveKeys(profile, remote, 'rtp');
    this.#connected.resolve();
  }

  #receiveRtp(way: string, packet: Buffer): void {
    const rollover = [0, 1, 2].find((each) => unprotectRtp(this.#keys!, packet, each) !== null);
    if (rollover === undefined) throw new Error('a packet that does not open');
    this.received.push({ way, sequence: packet.readUInt16BE(2), rollover });
    this.#changed();
  }
}
