import { chooseAudio, chooseStereo, offerAudio } from './audio-codec.ts';
import { SdpError, UnsupportedVideoError } from './errors.ts';
import type { MediaFormat } from './media-format.ts';
import type { SdpCodec, SdpMedia } from './parse.ts';
import { chooseVideo, offerVideo, type VideoAbilities } from './video-codec.ts';
import { PLAYOUT_DELAY, TRANSPORT_NUMBERS, type WrittenCodec, type WrittenMedia } from './write.ts';

/** The extension ids in our own offers. */
const OFFERED_DELAY_ID = 5;
const OFFERED_NUMBERS_ID = 3;

/** An m-line that carries one of our two streams. */
export interface TrackLine {
  role: 'video' | 'audio';
  mid: string;
  /** The browser's latest description of it; null while only we have described it. */
  remote: SdpMedia | null;
  /** What it can play, if it ever offered this line itself: an answer lists only what it accepted. */
  offered: readonly SdpCodec[];
  /** The codecs in our offer that still waits for an answer. */
  proposed: readonly WrittenCodec[];
  /** The codec in use, and the kind of stream it was chosen for; null: none. */
  codec: WrittenCodec | null;
  fits: string;
  playoutDelayId: number | null;
  transportNumbersId: number | null;
  /** The browser does not want anything on it. */
  refused: boolean;
}

export type Line =
  | TrackLine
  | { role: 'application'; mid: string; remote: SdpMedia | null }
  /** An m-line we have no use for. */
  | { role: 'unused'; mid: string; remote: SdpMedia };

/** Streams with the same key can continue with what was negotiated. */
export function formatKey(role: 'video' | 'audio', format: MediaFormat): string {
  return role === 'video'
    ? `${format.codec} ${format.codec === 'hevc' && format.tenBit}`
    : JSON.stringify(format.audio);
}

export function newTrackLine(role: 'video' | 'audio', mid: string): TrackLine {
  return {
    role,
    mid,
    remote: null,
    offered: [],
    proposed: [],
    codec: null,
    fits: '',
    playoutDelayId: null,
    transportNumbersId: null,
    refused: false,
  };
}

/** The line after the browser's offer. Throws UnsupportedVideoError for video it cannot play. */
export function answerTrack(
  line: TrackLine,
  remote: SdpMedia,
  format: MediaFormat | null,
  can: VideoAbilities,
): TrackLine {
  const refused = remote.rejected || remote.direction === 'sendonly' || remote.direction === 'inactive';
  const codec = refused || format === null ? null : choose(line.role, remote.codecs, format, can);
  return {
    ...line,
    remote,
    offered: remote.codecs,
    proposed: [],
    codec,
    fits: format === null ? '' : formatKey(line.role, format),
    playoutDelayId: remote.extensions.get(PLAYOUT_DELAY) ?? null,
    transportNumbersId: line.role === 'video' && can.transportNumbers ? numbersId(remote) : null,
    refused,
  };
}

/** The codecs to offer on this line: the browser's own if it listed any. */
export function proposeTrack(line: TrackLine, format: MediaFormat, can: VideoAbilities): TrackLine {
  const isNewVideo = line.remote === null && line.role === 'video';
  return {
    ...line,
    proposed: line.role === 'video' ? proposeVideo(line.offered, format, can) : proposeAudio(line.offered),
    codec: null,
    fits: formatKey(line.role, format),
    // On a line of the browser's the ids are its own.
    playoutDelayId: isNewVideo ? OFFERED_DELAY_ID : line.playoutDelayId,
    transportNumbersId: isNewVideo && can.transportNumbers ? OFFERED_NUMBERS_ID : line.transportNumbersId,
  };
}

/** The line after the browser's answer. Throws UnsupportedVideoError for video it cannot play. */
export function concludeTrack(line: TrackLine, remote: SdpMedia, format: MediaFormat | null): TrackLine {
  if (line.proposed.length === 0) return { ...line, remote };
  const refused = remote.rejected || remote.direction === 'sendonly' || remote.direction === 'inactive';
  const accepted = refused
    ? undefined
    : remote.codecs.map((codec) => matching(line.proposed, codec.payloadType)).find((codec) => codec !== undefined);
  // If the stream has changed since the offer, the answer has no meaning any more.
  const isCurrent = format !== null && line.fits === formatKey(line.role, format);
  if (accepted === undefined && isCurrent && line.role === 'video') throw new UnsupportedVideoError(format);
  const codec = isCurrent && accepted !== undefined ? agreed(accepted, remote) : null;
  return {
    ...line,
    remote,
    proposed: [],
    codec,
    playoutDelayId: remote.extensions.get(PLAYOUT_DELAY) ?? null,
    transportNumbersId: line.transportNumbersId === null ? null : numbersId(remote),
    refused: accepted === undefined && isCurrent,
  };
}

/** The line as written in a description of ours. */
export function writtenLine(line: Line, ssrc: { video: number; audio: number; rtx: number }): WrittenMedia {
  if (line.role === 'application') return { mid: line.mid, kind: 'application' };
  if (line.role === 'unused') return rejected(line.mid, line.remote);
  const codecs = line.codec === null ? line.proposed : [line.codec];
  if (codecs.length > 0)
    return {
      mid: line.mid,
      kind: line.role,
      codecs,
      ssrc: ssrc[line.role],
      rtxSsrc: ssrc.rtx,
      playoutDelayId: line.playoutDelayId,
      transportNumbersId: line.transportNumbersId,
    };
  if (line.remote === null) throw new SdpError('a line that nobody described');
  const [first] = line.remote.codecs;
  if (line.remote.rejected || first === undefined) return rejected(line.mid, line.remote);
  return {
    mid: line.mid,
    kind: 'inactive',
    media: line.role,
    formats: String(first.payloadType),
    rtpmap: `${first.payloadType} ${first.name}/${first.clockRate}${first.channels > 1 ? `/${first.channels}` : ''}`,
  };
}

function rejected(mid: string, remote: SdpMedia): WrittenMedia {
  return { mid, kind: 'rejected', media: remote.kind, protocol: remote.protocol, formats: remote.formats };
}

function proposeVideo(offered: readonly SdpCodec[], format: MediaFormat, can: VideoAbilities): WrittenCodec[] {
  const known = offered.length > 0 ? choose('video', offered, format, can) : null;
  return known === null ? offerVideo(format, can) : [known];
}

/** What the browser's answer left of a codec that we proposed. */
function agreed(codec: WrittenCodec, remote: SdpMedia): WrittenCodec {
  const feedback = remote.codecs.find(({ payloadType }) => payloadType === codec.payloadType)?.feedback ?? [];
  const hasRtx = remote.codecs.some(
    ({ payloadType, parameters }) =>
      payloadType === codec.rtxPayloadType && parameters.get('apt') === String(codec.payloadType),
  );
  return {
    ...codec,
    feedback: codec.feedback.filter((line) => feedback.includes(line)),
    rtxPayloadType: hasRtx ? codec.rtxPayloadType : null,
  };
}

function numbersId({ extensions }: SdpMedia): number | null {
  return extensions.get(TRANSPORT_NUMBERS) ?? null;
}

/** Stereo, even for a browser that offered surround: it accepts that only in an offer of its own (docs/webrtc.md). */
function proposeAudio(offered: readonly SdpCodec[]): WrittenCodec[] {
  const known = chooseStereo(offered);
  return known === null ? offerAudio() : [known];
}

function choose(
  role: 'video' | 'audio',
  offered: readonly SdpCodec[],
  format: MediaFormat,
  can: VideoAbilities,
): WrittenCodec | null {
  if (role === 'audio') return chooseAudio(offered, format.audio);
  const codec = chooseVideo(offered, format, can);
  if (codec === null) throw new UnsupportedVideoError(format);
  return codec;
}

function matching(codecs: readonly WrittenCodec[], payloadType: number): WrittenCodec | undefined {
  return codecs.find((codec) => codec.payloadType === payloadType);
}
