import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { AudioPacketizer } from '../../audio/packetizer.ts';
import { ControlCipher } from '../../control/cipher.ts';
import { decodeClientMessage } from '../../control/client-message.ts';
import { encodeHostMessage } from '../../control/host-message.ts';
import type { ClientMessage, HostMessage } from '../../control/message.ts';
import { EnetSocket } from '../../enet/socket.ts';
import { buildDescribe } from '../../rtsp/describe.ts';
import { encodeResponse, headerValue, parseRequest, type RtspHeader, type RtspRequest } from '../../rtsp/message.ts';
import { parseSetupTarget, setupReplyHeaders } from '../../rtsp/setup.ts';
import type { SessionKeys } from '../../types.ts';
import { VideoPacketizer } from '../../video/packetizer.ts';

const FRAME_MS = 16;
/** SPS, PPS and an IDR slice; and a slice of a P picture. Only their types matter here. */
const KEY_FRAME = Buffer.from('00000001674200290000000168ce3c8000000001658888', 'hex');
const DELTA_FRAME = Buffer.from('00000001419a0203', 'hex');

/** One session of a Wolf of 2024-10 (protocol/5 "Wolf"): no ping payload, no connect data, the old control variant. */
export class WolfHost {
  readonly pings: Record<'video' | 'audio', string[]> = { video: [], audio: [] };
  readonly messages: ClientMessage[] = [];
  readonly control = new EnetSocket({ slots: 20 });
  connectData: number | null = null;
  sessionUrl = '';
  readonly #keys: SessionKeys;
  readonly #sendsMedia: boolean;
  readonly #rtsp = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const request = parseRequest(bytes);
      if (request !== null) socket.end(this.#answer(request));
    });
  });
  readonly #media: Record<'video' | 'audio', Socket> = { video: createSocket('udp4'), audio: createSocket('udp4') };
  readonly #clients: Partial<Record<'video' | 'audio', RemoteInfo>> = {};
  #ports = { video: 0, audio: 0, control: 0 };
  #announced = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(keys: SessionKeys, options: { sendsMedia?: boolean } = {}) {
    this.#keys = keys;
    this.#sendsMedia = options.sendsMedia ?? true;
  }

  async start(): Promise<void> {
    this.control.on('connected', ({ data }) => {
      this.connectData = data;
    });
    const opener = new ControlCipher({ key: this.#keys.key, style: 'old', role: 'host' });
    this.control.on('message', ({ data }) => {
      const opened = opener.open(data);
      if (opened !== null) this.messages.push(decodeClientMessage(opened.plain));
    });
    const control = await this.control.bind({ address: '127.0.0.1' });
    for (const kind of ['video', 'audio'] as const) {
      const socket = this.#media[kind];
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      socket.on('message', (datagram, from) => {
        this.pings[kind].push(datagram.toString('latin1'));
        this.#clients[kind] ??= from;
        this.#startMedia();
      });
    }
    this.#ports = {
      video: this.#media.video.address().port,
      audio: this.#media.audio.address().port,
      control: control.port,
    };
    this.#rtsp.listen(0, '127.0.0.1');
    await once(this.#rtsp, 'listening');
    this.sessionUrl = `rtsp://127.0.0.1:${(this.#rtsp.address() as AddressInfo).port}`;
  }

  /** With sequence number 0, like all messages of a Wolf. */
  send(message: HostMessage): void {
    const cipher = new ControlCipher({ key: this.#keys.key, style: 'old', role: 'host' });
    this.control.send(0, 0, cipher.seal(encodeHostMessage(message)), 'reliable');
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.control.close();
    for (const socket of Object.values(this.#media)) socket.close();
    this.#rtsp.close();
    await once(this.#rtsp, 'close');
  }

  #answer({ method, target, headers }: RtspRequest): Buffer {
    const sequence: RtspHeader = ['CSeq', headerValue(headers, 'CSeq') ?? '0'];
    const ok = { code: 200, reason: 'OK', headers: [sequence], body: '' };
    if (method === 'ANNOUNCE') {
      this.#announced = true;
      this.#startMedia();
    }
    if (method === 'SETUP') {
      const port = this.#ports[parseSetupTarget(target)!];
      return encodeResponse({ ...ok, headers: [sequence, ...setupReplyHeaders({ port })] });
    }
    if (method !== 'DESCRIBE') return encodeResponse(ok);
    const offers = { hevc: true, av1: false, refPicInvalidation: false, featureFlags: 3, opusLines: ['21101'] };
    return encodeResponse({ ...ok, body: buildDescribe({ ...offers, encryption: null }) });
  }

  #startMedia(): void {
    const { video, audio } = this.#clients;
    if (!this.#sendsMedia || !this.#announced || this.#timer !== undefined || !video || !audio) return;
    const variant = 'wolf';
    // An unpatched Wolf numbers frames from 0 (protocol/5 "Wolf" 5).
    const pictures = new VideoPacketizer({ packetSize: 1024, fecPercentage: 20, minParity: 2, variant, firstFrame: 0 });
    const sound = new AudioPacketizer({ packetMs: 5, ...this.#keys, variant });
    let keyFrame = true;
    this.#timer = setInterval(() => {
      const data = keyFrame ? KEY_FRAME : DELTA_FRAME;
      const { datagrams } = pictures.packetize({ data, keyFrame, timestamp: 0, latency: 0 });
      keyFrame = false;
      for (const datagram of datagrams) this.#media.video.send(datagram, video.port, video.address);
      for (const datagram of sound.packetize(Buffer.alloc(60, 0xfc))) {
        this.#media.audio.send(datagram, audio.port, audio.address);
      }
    }, FRAME_MS);
  }
}
