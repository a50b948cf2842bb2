import { viewOf } from '../channels/bytes.ts';
import type { InputMessage } from '../channels/encode.ts';
import { type InputChannel, MAX_CONTROLLERS } from '../channels/labels.ts';
import { MEDIA_VERSION } from './to-browser.ts';

const Kind = { hello: 129, acknowledgement: 130, input: 131, keyFrameNeeded: 132 } as const;
const HelloFlag = { sound: 1, surround: 2 } as const;
/** In the order of their numbers on the wire; those of the controllers follow from 16 on. */
const CHANNELS = ['mouse', 'keyboard', 'touch', 'controllers', 'lockKeys'] as const;
const FIRST_CONTROLLER = 16;
const CONTROLLER_CHANNEL = /^controller(\d+)$/;
const REASONS = ['decoderError', 'decoderReplaced', 'nothingShown'] as const;

export type KeyFrameReason = (typeof REASONS)[number];

/** What a browser has received and shown. Frames are numbers as in `VideoMessage`, u32. */
export interface AcknowledgedFrames {
  /** Frames that its decoder has yet to show. */
  queued: number;
  /** The newest frame received. */
  received: number;
  /** The newest frame shown; before anything was shown, the number before the first frame received. */
  shown: number;
}

/** As a browser sends it. */
export interface Acknowledgement extends AcknowledgedFrames {
  /** When the newest frame came, ms by the browser's own clock, u32: only differences mean anything. The streamer does without it. */
  receivedAtMs: number;
}

/** From the browser to the streamer. `decodeInput` reads the data of input, which shares the memory of the message. */
export type ViewerMessage =
  | { kind: 'hello'; version: number; wantsSound: boolean; takesSurround: boolean }
  | ({ kind: 'acknowledgement' } & AcknowledgedFrames)
  | { kind: 'input'; channel: InputChannel; data: Uint8Array }
  | { kind: 'keyFrameNeeded'; reason: KeyFrameReason };

export function encodeViewerHello(wanted: { wantsSound: boolean; takesSurround: boolean }): Uint8Array<ArrayBuffer> {
  const flags = (wanted.wantsSound ? HelloFlag.sound : 0) | (wanted.takesSurround ? HelloFlag.surround : 0);
  return Uint8Array.of(Kind.hello, MEDIA_VERSION, flags, 0);
}

export function encodeAcknowledgement({
  queued,
  received,
  shown,
  receivedAtMs,
}: Acknowledgement): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16);
  const view = viewOf(bytes);
  view.setUint8(0, Kind.acknowledgement);
  view.setUint16(2, Math.min(queued, 0xffff));
  view.setUint32(4, received);
  view.setUint32(8, shown);
  // Wraps, whatever the clock of the browser counts from.
  view.setUint32(12, Math.round(receivedAtMs) % 2 ** 32);
  return bytes;
}

/** What `encodeInput` returned, for the media socket. */
export function encodeMediaInput({ channel, data }: InputMessage): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + data.length);
  bytes.set([Kind.input, channelNumber(channel)]);
  bytes.set(data, 2);
  return bytes;
}

export function encodeKeyFrameNeeded(reason: KeyFrameReason): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(Kind.keyFrameNeeded, 1 + REASONS.indexOf(reason));
}

/** Reads a binary message from a browser; null if it is not one, which the caller counts. */
export function decodeViewerMessage(bytes: Uint8Array): ViewerMessage | null {
  switch (bytes[0]) {
    case Kind.hello:
      return bytes.length < 4 ? null : decodeHello(bytes);
    case Kind.acknowledgement:
      return bytes.length < 16 ? null : decodeAcknowledgement(viewOf(bytes));
    case Kind.input: {
      const channel = channelOf(bytes[1]);
      return channel === null ? null : { kind: 'input', channel, data: bytes.subarray(2) };
    }
    case Kind.keyFrameNeeded: {
      const reason = REASONS[(bytes[1] ?? 0) - 1];
      return reason === undefined ? null : { kind: 'keyFrameNeeded', reason };
    }
    default:
      return null;
  }
}

function decodeHello(bytes: Uint8Array): ViewerMessage {
  const flags = bytes[2]!;
  return {
    kind: 'hello',
    version: bytes[1]!,
    wantsSound: (flags & HelloFlag.sound) !== 0,
    takesSurround: (flags & HelloFlag.surround) !== 0,
  };
}

function decodeAcknowledgement(view: DataView): ViewerMessage {
  return {
    kind: 'acknowledgement',
    queued: view.getUint16(2),
    received: view.getUint32(4),
    shown: view.getUint32(8),
  };
}

function channelNumber(channel: InputChannel): number {
  const controller = CONTROLLER_CHANNEL.exec(channel);
  if (controller !== null) return FIRST_CONTROLLER + Number(controller[1]);
  return (CHANNELS as readonly string[]).indexOf(channel);
}

function channelOf(number: number | undefined): InputChannel | null {
  if (number === undefined) return null;
  const controller = number - FIRST_CONTROLLER;
  if (controller >= 0 && controller < MAX_CONTROLLERS) return `controller${controller}`;
  return CHANNELS[number] ?? null;
}
