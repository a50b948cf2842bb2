import { toInteger, viewOf } from '../channels/bytes.ts';
import { decodeFeedback, encodeFeedback, type ViewerFeedback } from '../channels/feedback.ts';
import { type GeneralMessage, parseGeneralMessage } from '../shapes/server-signals.ts';

/** The wire format of the media socket (protocol/6), as the first message of both sides says. */
export const MEDIA_VERSION = 1;
/** A browser closes with this if it does not know the version. */
export const UNKNOWN_MEDIA_VERSION = 4406;

const Kind = {
  hello: 1,
  video: 2,
  audio: 3,
  feedback: 4,
  general: 5,
  idle: 6,
  roundTrip: 7,
  acknowledgeEvery: 8,
} as const;
const VideoFlag = { key: 1, discontinuity: 2, configured: 4 } as const;
const AUDIO_CONFIGURED = 4;

const VIDEO_HEADER_BYTES = 16;
const AUDIO_HEADER_BYTES = 12;
/** After the codec string: size, then four bytes of colour. */
const PICTURE_BYTES = 8;
const MAX_CHANNELS = 8;
const MAX_ROUND_TRIP_MS = 60_000;

/** What a decoder must know before the first frame, from the parameter sets of the stream. */
export interface VideoConfiguration {
  /** RFC 6381: `avc1.64002a`, `hvc1.1.6.L120.B0`, `av01.0.08M.08`. */
  codec: string;
  /** Pixels after cropping. */
  width: number;
  height: number;
  /** Numbers of H.273; 2: not specified. */
  colour: { primaries: number; transfer: number; matrix: number; fullRange: boolean };
}

/** The Opus packets that follow. */
export interface AudioConfiguration {
  packetMs: number;
  streams: number;
  coupledStreams: number;
  /** One per channel, RFC 7845 §5.1.1. */
  mapping: readonly number[];
}

export interface VideoMessage {
  kind: 'video';
  isKey: boolean;
  /** The frame before this one was not sent. */
  isDiscontinuity: boolean;
  /** u32, counts the frames of the stream, wraps. */
  frame: number;
  /** Microseconds, on one clock with the sound's. */
  timeUs: number;
  /** With each key frame. */
  configuration: VideoConfiguration | null;
  /** The access unit: Annex B, or sized OBUs. */
  data: Uint8Array;
}

export interface AudioMessage {
  kind: 'audio';
  /** u16, wraps; a gap is a loss. */
  sequence: number;
  timeUs: number;
  /** With the first packet, and whenever it changed. */
  configuration: AudioConfiguration | null;
  /** One Opus packet; multistream if there are several streams. */
  data: Uint8Array;
}

/** From the streamer to the browser. The `data` of media shares the memory of the message. */
export type MediaMessage =
  | { kind: 'hello'; version: number }
  | VideoMessage
  | AudioMessage
  | { kind: 'feedback'; feedback: ViewerFeedback }
  | { kind: 'general'; message: GeneralMessage }
  | { kind: 'idle' }
  /** How long the streamer's last ping took to come back. */
  | { kind: 'roundTrip'; ms: number }
  /** How often to acknowledge from now on, ms. */
  | { kind: 'acknowledgeEvery'; ms: number };

export function encodeMediaHello(): Uint8Array<ArrayBuffer> {
  return prefixed([Kind.hello, MEDIA_VERSION], new TextEncoder().encode('{}'));
}

/** Bytes of the message before the access unit. */
export function videoHeaderBytes(configuration: VideoConfiguration | null): number {
  return VIDEO_HEADER_BYTES + (configuration === null ? 0 : 1 + configuration.codec.length + PICTURE_BYTES);
}

/**
 * Writes all of a video message but its access unit to the start of `target`, which has `videoHeaderBytes` for it. The codec
 * string is ASCII and at most 255 characters.
 */
export function writeVideoHeader(target: Uint8Array, message: Omit<VideoMessage, 'kind' | 'data'>): void {
  const { configuration } = message;
  const view = viewOf(target);
  view.setUint8(0, Kind.video);
  const key = message.isKey ? VideoFlag.key : 0;
  const discontinuity = message.isDiscontinuity ? VideoFlag.discontinuity : 0;
  const configured = configuration === null ? 0 : VideoFlag.configured;
  view.setUint8(1, key | discontinuity | configured);
  view.setUint16(2, 0);
  view.setUint32(4, message.frame);
  setTime(view, 8, message.timeUs);
  if (configuration === null) return;
  const { codec, width, height, colour } = configuration;
  view.setUint8(VIDEO_HEADER_BYTES, codec.length);
  for (let at = 0; at < codec.length; at += 1) view.setUint8(VIDEO_HEADER_BYTES + 1 + at, codec.charCodeAt(at));
  const picture = VIDEO_HEADER_BYTES + 1 + codec.length;
  view.setUint16(picture, width);
  view.setUint16(picture + 2, height);
  view.setUint8(picture + 4, colour.primaries);
  view.setUint8(picture + 5, colour.transfer);
  view.setUint8(picture + 6, colour.matrix);
  view.setUint8(picture + 7, colour.fullRange ? 1 : 0);
}

/** Sets the flag in a message that is already encoded: this browser did not get the frame before, as everybody else did. */
export function markDiscontinuity(video: Uint8Array): void {
  video[1]! |= VideoFlag.discontinuity;
}

export function encodeAudio(message: Omit<AudioMessage, 'kind'>): Uint8Array<ArrayBuffer> {
  const { configuration, data } = message;
  const header = AUDIO_HEADER_BYTES + (configuration === null ? 0 : 4 + configuration.mapping.length);
  const bytes = new Uint8Array(header + data.length);
  const view = viewOf(bytes);
  view.setUint8(0, Kind.audio);
  view.setUint8(1, configuration === null ? 0 : AUDIO_CONFIGURED);
  view.setUint16(2, message.sequence);
  setTime(view, 4, message.timeUs);
  if (configuration !== null) {
    const { packetMs, streams, coupledStreams, mapping } = configuration;
    bytes.set([packetMs, mapping.length, streams, coupledStreams, ...mapping], AUDIO_HEADER_BYTES);
  }
  bytes.set(data, header);
  return bytes;
}

/** In the layout of the channel `controllers`. */
export function encodeMediaFeedback(feedback: ViewerFeedback): Uint8Array<ArrayBuffer> {
  return prefixed([Kind.feedback], encodeFeedback(feedback));
}

export function encodeMediaGeneral(message: GeneralMessage): Uint8Array<ArrayBuffer> {
  return prefixed([Kind.general], new TextEncoder().encode(JSON.stringify(message)));
}

export function encodeMediaIdle(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(Kind.idle);
}

/** Whole ms, at most a minute. */
export function encodeMediaRoundTrip(ms: number): Uint8Array<ArrayBuffer> {
  return encodeMs(Kind.roundTrip, toInteger(ms, 0, MAX_ROUND_TRIP_MS));
}

/** Whole ms. */
export function encodeAcknowledgeEvery(ms: number): Uint8Array<ArrayBuffer> {
  return encodeMs(Kind.acknowledgeEvery, ms);
}

function encodeMs(kind: number, ms: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  const view = viewOf(bytes);
  view.setUint8(0, kind);
  view.setUint16(2, ms);
  return bytes;
}

/** Reads a binary message from the streamer; null if it is not one, which a browser ignores. Of a hello, only the version matters. */
export function decodeMediaMessage(bytes: Uint8Array): MediaMessage | null {
  switch (bytes[0]) {
    case Kind.hello:
      return bytes.length < 2 ? null : { kind: 'hello', version: bytes[1]! };
    case Kind.video:
      return decodeVideo(bytes);
    case Kind.audio:
      return decodeAudio(bytes);
    case Kind.feedback: {
      const feedback = decodeFeedback(bytes.subarray(1));
      return feedback && { kind: 'feedback', feedback };
    }
    case Kind.general: {
      const message = parseGeneralMessage(new TextDecoder().decode(bytes.subarray(1)));
      return message && { kind: 'general', message };
    }
    case Kind.idle:
      return { kind: 'idle' };
    case Kind.roundTrip:
      return bytes.length < 4 ? null : { kind: 'roundTrip', ms: viewOf(bytes).getUint16(2) };
    case Kind.acknowledgeEvery:
      return bytes.length < 4 ? null : { kind: 'acknowledgeEvery', ms: viewOf(bytes).getUint16(2) };
    default:
      return null;
  }
}

function decodeVideo(bytes: Uint8Array): VideoMessage | null {
  if (bytes.length < VIDEO_HEADER_BYTES) return null;
  const view = viewOf(bytes);
  const flags = view.getUint8(1);
  const timeUs = getTime(view, 8);
  const isConfigured = (flags & VideoFlag.configured) !== 0;
  const configuration = isConfigured ? decodeConfiguration(bytes, view) : null;
  if (timeUs === null || (isConfigured && configuration === null)) return null;
  return {
    kind: 'video',
    isKey: (flags & VideoFlag.key) !== 0,
    isDiscontinuity: (flags & VideoFlag.discontinuity) !== 0,
    frame: view.getUint32(4),
    timeUs,
    configuration,
    data: bytes.subarray(videoHeaderBytes(configuration)),
  };
}

function decodeConfiguration(bytes: Uint8Array, view: DataView): VideoConfiguration | null {
  if (bytes.length < VIDEO_HEADER_BYTES + 1) return null;
  const length = view.getUint8(VIDEO_HEADER_BYTES);
  const picture = VIDEO_HEADER_BYTES + 1 + length;
  if (bytes.length < picture + PICTURE_BYTES) return null;
  const codec = bytes.subarray(VIDEO_HEADER_BYTES + 1, picture);
  if (codec.some((byte) => byte < 0x20 || byte > 0x7e)) return null;
  return {
    codec: String.fromCharCode(...codec),
    width: view.getUint16(picture),
    height: view.getUint16(picture + 2),
    colour: {
      primaries: view.getUint8(picture + 4),
      transfer: view.getUint8(picture + 5),
      matrix: view.getUint8(picture + 6),
      fullRange: view.getUint8(picture + 7) !== 0,
    },
  };
}

function decodeAudio(bytes: Uint8Array): AudioMessage | null {
  if (bytes.length < AUDIO_HEADER_BYTES) return null;
  const view = viewOf(bytes);
  const isConfigured = (view.getUint8(1) & AUDIO_CONFIGURED) !== 0;
  const timeUs = getTime(view, 4);
  const configuration = isConfigured ? decodeLayout(bytes) : null;
  if (timeUs === null || (isConfigured && configuration === null)) return null;
  const header = AUDIO_HEADER_BYTES + (configuration === null ? 0 : 4 + configuration.mapping.length);
  return { kind: 'audio', sequence: view.getUint16(2), timeUs, configuration, data: bytes.subarray(header) };
}

function decodeLayout(bytes: Uint8Array): AudioConfiguration | null {
  const layout = bytes.subarray(AUDIO_HEADER_BYTES);
  const [packetMs, channels, streams, coupledStreams] = layout;
  if (layout.length < 4 || channels! > MAX_CHANNELS || layout.length < 4 + channels!) return null;
  const mapping = Array.from(layout.subarray(4, 4 + channels!));
  return { packetMs: packetMs!, streams: streams!, coupledStreams: coupledStreams!, mapping };
}

function prefixed(head: readonly number[], rest: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(head.length + rest.length);
  bytes.set(head);
  bytes.set(rest, head.length);
  return bytes;
}

function setTime(view: DataView, at: number, us: number): void {
  view.setBigUint64(at, BigInt(Math.max(0, Math.round(us))));
}

/** Null: a number that JavaScript cannot hold exactly. */
function getTime(view: DataView, at: number): number | null {
  const us = Number(view.getBigUint64(at));
  return Number.isSafeInteger(us) ? us : null;
}
