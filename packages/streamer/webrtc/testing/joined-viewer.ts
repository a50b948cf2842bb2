import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { TestContext } from 'node:test';
import type { MoonshareError, Negotiation, Role, ServerSignal, ViewerAccount, ViewerInput } from '@moonshare/contract';
import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import type { RtpPacket } from '../../../../fixtures/depacketize.ts';
import type { NegotiatedTransport } from '../../viewer/transport.ts';
import type { WebRtcEngine } from '../engine.ts';
import { freshAccount } from './fresh-account.ts';
import { NativePeer } from './native-peer.ts';
import type { UdpRelay } from './udp-relay.ts';

/** The events of a viewer's engine. */
export interface EngineEvents {
  signal: [ServerSignal];
  connected: [];
  input: [ViewerInput];
  inputLost: [];
  keyFrameNeeded: [];
  frameDropped: [];
  silent: [];
  closed: [MoonshareError | null];
}

export interface JoinedViewer {
  viewer: NegotiatedTransport;
  events: EventEmitter<EngineEvents>;
  peer: NativePeer;
  signals: ServerSignal[];
}

export interface JoinOptions {
  /** Can delay or replace what the browser signals to the engine. */
  hold?: (message: Negotiation, pass: (message: Negotiation) => void) => void;
  /** All packets go through it. */
  relay?: UdpRelay;
  role?: Role;
  /** An account with earlier use; default: a fresh one. */
  account?: ViewerAccount;
}

/** A viewer whose browser is another WebRTC implementation; closed at the end of the test. */
export function joinViewer(t: TestContext, engine: WebRtcEngine, options: JoinOptions = {}): JoinedViewer {
  const { hold, relay, role = 'full', account = freshAccount() } = options;
  const events = new EventEmitter<EngineEvents>();
  const peer = new NativePeer('browser');
  t.after(() => peer.close());
  const signals: ServerSignal[] = [];
  const viewer = engine.addTransport({
    id: t.name,
    acceptsInput: () => role !== 'watch',
    account,
    events: {
      signal: (message) => {
        signals.push(message);
        events.emit('signal', message);
        const translated = relay === undefined ? message : relay.translate(message);
        if (translated !== null) peer.receive(translated);
      },
      opened: () => {},
      connected: () => events.emit('connected'),
      input: (event) => events.emit('input', event),
      inputLost: () => events.emit('inputLost'),
      keyFrameNeeded: () => events.emit('keyFrameNeeded'),
      frameDropped: () => events.emit('frameDropped'),
      silent: () => events.emit('silent'),
      closed: (error) => {
        events.emit('closed', error);
        peer.close();
      },
    },
  });
  t.after(() => viewer.close(null));
  peer.on('signal', (message) => {
    if (relay !== undefined && !('Description' in message)) return;
    if (hold === undefined) viewer.signal(message);
    else hold(message, (each) => viewer.signal(each));
  });
  return { viewer, events, peer, signals };
}

/** Joined, connected, and ready for media on both sides. Rejects if the engine closes it before. */
export async function liveViewer(
  t: TestContext,
  engine: WebRtcEngine,
  options: JoinOptions & { media?: boolean } = {},
): Promise<JoinedViewer> {
  const joined = joinViewer(t, engine, options);
  // The handshake's last message may still be on its way to the browser when this side is ready.
  const ready = Promise.all([once(joined.events, 'connected'), once(joined.peer, 'open')]);
  const closed = once(joined.events, 'closed').then(([error]) => {
    throw new Error('closed before it was connected', { cause: error });
  });
  joined.peer.offer({ media: options.media ?? true });
  await Promise.race([ready, closed]);
  closed.catch(() => {});
  return joined;
}

const sps = Buffer.from('6764002aac', 'hex');
const pps = Buffer.from('68ee3c80', 'hex');
const idr = Buffer.concat([Buffer.of(0x65), Buffer.alloc(3000, 0xab)]);

/** The NAL units of the picture that is sent. */
export const PICTURE = [sps, pps, idr];

let frames = 0;
let packets = 0;

/** A key frame of some packets. */
export function picture(): AccessUnit {
  frames += 1;
  const data = Buffer.concat(PICTURE.flatMap((unit) => [Buffer.of(0, 0, 0, 1), unit]));
  return { frameIndex: frames, keyFrame: true, data, hostTimestamp: 0, receivedAt: performance.now(), hostLatency: 0 };
}

export function sound(): AudioPacket {
  packets += 1;
  const data = Buffer.from('fc0102', 'hex');
  return { sequence: packets, data, durationMs: 5, receivedAt: performance.now(), recovered: false };
}

/** Sends a picture and returns the packets that arrive, up to the marker. */
export async function show(engine: WebRtcEngine, { viewer, peer }: JoinedViewer): Promise<RtpPacket[]> {
  const arrived: RtpPacket[] = [];
  const whole = new Promise<RtpPacket[]>((resolve) => {
    const take = (packet: RtpPacket) => {
      arrived.push(packet);
      if (!packet.marker) return;
      peer.off('rtp', take);
      resolve(arrived);
    };
    peer.on('rtp', take);
  });
  assert.deepEqual(engine.sendVideo(picture(), [viewer]), []);
  return whole;
}

/** The SSRC of the video, as signalled to the browser. */
export function videoSsrc({ signals }: JoinedViewer): number {
  return Number(/a=ssrc:(\d+) msid:moonshare video/.exec(JSON.stringify(signals))?.[1]);
}

/** A receiver report without report blocks (RFC 3550 §6.4.2). */
export const REPORT = Buffer.from('80c9000100000001', 'hex');

export function nack(ssrc: number, sequence: number): Buffer {
  return rtcpFeedback(205, 1, ssrc, Buffer.of(sequence >> 8, sequence & 0xff, 0, 0));
}

export function pli(ssrc: number): Buffer {
  return rtcpFeedback(206, 1, ssrc, Buffer.alloc(0));
}

export function fir(ssrc: number): Buffer {
  const entry = Buffer.alloc(8);
  entry.writeUInt32BE(ssrc, 0);
  return rtcpFeedback(206, 4, 0, entry);
}

function rtcpFeedback(type: number, format: number, ssrc: number, rest: Buffer): Buffer {
  const packet = Buffer.alloc(12);
  packet[0] = 0x80 | format;
  packet[1] = type;
  packet.writeUInt16BE(2 + rest.length / 4, 2);
  packet.writeUInt32BE(ssrc, 8);
  return Buffer.concat([packet, rest]);
}
