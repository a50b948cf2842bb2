import type { StreamBinding } from '../rtp/packet.ts';
import { takesAll } from './audio-codec.ts';
import { SdpError } from './errors.ts';
import type { MediaFormat } from './media-format.ts';
import {
  answerTrack,
  concludeTrack,
  formatKey,
  type Line,
  newTrackLine,
  proposeTrack,
  type TrackLine,
  writtenLine,
} from './media-lines.ts';
import { parseSdp, type Sdp, type SdpMedia, type SdpTransport } from './parse.ts';
import { TRANSPORT_FEEDBACK, type VideoAbilities } from './video-codec.ts';
import { type LocalTransport, writeSdp } from './write.ts';

/** An offer or answer of ours. */
export interface LocalDescription {
  type: 'offer' | 'answer';
  sdp: string;
}

/** One of the browser. Other types, such as `rollback`, are ignored. */
export interface RemoteDescription {
  type: string;
  sdp: string;
}

/** The result of a description from the browser. */
export interface NegotiationStep {
  /** Our answer, if it was an offer. */
  answer: LocalDescription | null;
  /** Null if the description had no complete transport, or was ignored. */
  transport: SdpTransport | null;
  /** Candidates inside the description. */
  candidates: string[];
  /** Null: the browser accepts no data channels. */
  application: { sctpPort: number } | null;
}

export interface NegotiationOptions {
  transport: LocalTransport;
  /** New ones of ours, when the browser restarts ICE (RFC 8839 §4.4.3.1.1). */
  newCredentials(): { ufrag: string; password: string };
  /** The same for all viewers: each connection is a separate RTP session. */
  ssrc: { video: number; audio: number; rtx: number };
  /** Of what sends. */
  can: VideoAbilities;
  /** Digits, for the `o=` line. */
  sessionId: string;
  /** What browsers call our stream: letters. */
  streamId: string;
}

/**
 * Offers and answers of one connection (RFC 8829), without any I/O. The browser wins glare: its offer makes
 * ours void, and we make ours again afterwards. If it answers the void one after all, it has withdrawn its own to do so (a page
 * that sets our offer does that implicitly), and ours is valid again.
 */
export class SdpNegotiation {
  readonly #options: NegotiationOptions;
  #transport: LocalTransport;
  /** The browser's, of its last description. */
  #remote: SdpTransport | null = null;
  #format: MediaFormat | null = null;
  #lines: Line[] = [];
  /** The lines before our open offer; null: no offer of ours is open. */
  #before: Line[] | null = null;
  /** Our last offer, made void by one from the browser. */
  #void: { lines: Line[]; before: Line[] } | null = null;
  /** Read for every audio packet and every frame; a line that changes is a new object. */
  readonly #bindings = new WeakMap<Line, StreamBinding>();
  #version = 0;
  /** Who opens DTLS, settled by the first description and kept (RFC 8842 §5.5). */
  #setup: 'active' | 'passive' | null = null;

  constructor(options: NegotiationOptions) {
    this.#options = options;
    this.#transport = options.transport;
  }

  /** The stream's current format. What was negotiated for another kind of stream ends. */
  setFormat(format: MediaFormat): void {
    this.#format = format;
    const fitting = (line: Line): Line =>
      isTrack(line) && line.fits !== formatKey(line.role, format) ? { ...line, codec: null, fits: '' } : line;
    this.#lines = this.#lines.map(fitting);
    this.#before = this.#before?.map(fitting) ?? null;
    if (this.#void !== null) this.#void = { ...this.#void, lines: this.#void.lines.map(fitting) };
  }

  /** How to mark video and audio packets for this browser; null: it gets none. */
  get video(): StreamBinding | null {
    return this.#binding('video');
  }

  get audio(): StreamBinding | null {
    return this.#binding('audio');
  }

  /** Which channels of the sound to send on `audio`; null: none. */
  get channels(): 'all' | 'stereo' | null {
    const codec = this.#track('audio')?.codec ?? null;
    if (codec === null || this.#format === null) return null;
    return takesAll(codec, this.#format.audio) ? 'all' : 'stereo';
  }

  /** Our role in DTLS; null before the browser's first description. */
  get setup(): 'active' | 'passive' | null {
    return this.#setup;
  }

  /** Ours, as in our last description. */
  get transport(): LocalTransport {
    return this.#transport;
  }

  /** The m-line that all others are bundled with; candidates belong to it. */
  get bundleLine(): { mid: string; index: number } {
    const index = Math.max(
      0,
      this.#lines.findIndex(({ role }) => role !== 'unused'),
    );
    return { mid: this.#lines[index]?.mid ?? '0', index };
  }

  get hasOpenOffer(): boolean {
    return this.#before !== null;
  }

  /** There is something to offer, and no offer of ours is open. */
  get wantsToOffer(): boolean {
    if (this.#before !== null) return false;
    if (this.#lines.length === 0) return true;
    const format = this.#format;
    return format !== null && (this.#isMissing('video', format) || this.#isMissing('audio', format));
  }

  /** Our offer: the existing lines and what is missing. Throws UnsupportedVideoError if the browser's own offer lacked the codec. */
  offer(): LocalDescription {
    const before = this.#lines;
    let lines = before.length === 0 ? [newApplication()] : [...before];
    const format = this.#format;
    if (format !== null) {
      for (const role of ['video', 'audio'] as const) {
        if (!this.#isMissing(role, format)) continue;
        if (this.#track(role) === undefined) lines.push(newTrackLine(role, freeMid(lines, role)));
        lines = lines.map((line) => (line.role === role ? proposeTrack(line, format, this.#options.can) : line));
      }
    }
    const sdp = this.#write(lines, 'actpass');
    this.#before = before;
    this.#lines = lines;
    this.#void = null;
    return { type: 'offer', sdp };
  }

  /** Throws SdpError for a malformed description, UnsupportedVideoError if the browser cannot play the video. */
  receive(description: RemoteDescription): NegotiationStep {
    if (description.type === 'offer') return this.#receiveOffer(parseSdp(description.sdp));
    if (description.type === 'answer' && (this.#before !== null || this.#restore(description.sdp)))
      return this.#receiveAnswer(parseSdp(description.sdp));
    return { answer: null, transport: null, candidates: [], application: null };
  }

  #receiveOffer(sdp: Sdp): NegotiationStep {
    if (sdp.transport === null) throw new SdpError('it has no ICE credentials or no fingerprint');
    if (this.#remote !== null && restartsIce(this.#remote, sdp.transport))
      this.#transport = { ...this.#transport, ...this.#options.newCredentials() };
    this.#remote = sdp.transport;
    const before = this.#before ?? this.#lines;
    const lines = sdp.media.map((remote, index) => this.#answerLine(sdp, remote, index, before));
    this.#setup ??= sdp.transport.setup === 'passive' ? 'active' : 'passive';
    const answer: LocalDescription = { type: 'answer', sdp: this.#write(lines, this.#setup) };
    if (this.#before !== null) this.#void = { lines: this.#lines, before: this.#before };
    this.#before = null;
    this.#lines = lines;
    return { answer, transport: sdp.transport, candidates: sdp.candidates, application: this.#application() };
  }

  /** Whether this is the answer to our void offer; if so, that offer is open again. */
  #restore(answer: string): boolean {
    if (this.#void === null) return false;
    const { lines, before } = this.#void;
    const { media } = parseSdp(answer);
    if (media.length !== lines.length || media.some(({ mid }, index) => mid !== lines[index]!.mid)) return false;
    this.#lines = lines;
    this.#before = before;
    // The withdrawn offer has settled nothing, and a new connection follows.
    if (before.length === 0) this.#setup = null;
    return true;
  }

  #receiveAnswer(sdp: Sdp): NegotiationStep {
    if (sdp.transport === null) throw new SdpError('it has no ICE credentials or no fingerprint');
    const lines = this.#lines;
    if (sdp.media.length !== lines.length || sdp.media.some(({ mid }, index) => mid !== lines[index]!.mid))
      throw new SdpError('the answer does not have the m-lines of the offer');
    this.#lines = lines.map((line, index) => {
      const remote = sdp.media[index]!;
      if (isTrack(line)) return concludeTrack(line, remote, this.#format);
      return line.role === 'application' && remote.rejected
        ? { role: 'unused', mid: line.mid, remote }
        : { ...line, remote };
    });
    this.#before = null;
    this.#void = null;
    this.#remote = sdp.transport;
    this.#setup ??= sdp.transport.setup === 'passive' ? 'active' : 'passive';
    return { answer: null, transport: sdp.transport, candidates: sdp.candidates, application: this.#application() };
  }

  /** Each role is taken by one m-line: the one that had it, else the first suitable one. */
  #answerLine(sdp: Sdp, remote: SdpMedia, index: number, before: readonly Line[]): Line {
    const { kind, mid } = remote;
    const isFirst = (can: (media: SdpMedia) => boolean) => sdp.media.findIndex(can) === index;
    const known = before.find((line) => line.mid === mid);
    if (kind === 'application' && !remote.rejected && remote.protocol.endsWith('SCTP')) {
      // A connection cannot get data channels later (libdatachannel), nor a second set of them.
      const isLate =
        before.some(({ role }) => role !== 'application') && !before.some(({ role }) => role === 'application');
      if (!isLate && isFirst((media) => media.kind === kind && !media.rejected))
        return { role: 'application', mid, remote };
    }
    if (kind === 'video' || kind === 'audio') {
      const had = before.find((line) => line.role === kind && sdp.media.some((media) => media.mid === line.mid));
      const isMine = had === undefined ? isFirst((media) => media.kind === kind && canReceive(media)) : had.mid === mid;
      const line = known !== undefined && isTrack(known) && known.role === kind ? known : newTrackLine(kind, mid);
      if (isMine) return answerTrack(line, remote, this.#format, this.#options.can);
    }
    return { role: 'unused', mid, remote };
  }

  #write(lines: readonly Line[], setup: 'actpass' | 'active' | 'passive'): string {
    const { ssrc, sessionId, streamId } = this.#options;
    const transport = this.#transport;
    this.#version += 1;
    const media = lines.map((line) => writtenLine(line, ssrc));
    return writeSdp({ sessionId, streamId, version: this.#version, setup, transport, media });
  }

  #track(role: 'video' | 'audio'): TrackLine | undefined {
    return this.#lines.filter(isTrack).find((line) => line.role === role);
  }

  #isMissing(role: 'video' | 'audio', format: MediaFormat): boolean {
    const line = this.#track(role);
    if (line === undefined) return true;
    if (line.codec !== null) return false;
    // Once per kind of stream: what was refused is not requested again.
    return !line.refused && line.fits !== formatKey(role, format);
  }

  #application(): { sctpPort: number } | null {
    const remote = this.#lines.find(({ role }) => role === 'application')?.remote;
    return remote ? { sctpPort: remote.sctpPort } : null;
  }

  #binding(role: 'video' | 'audio'): StreamBinding | null {
    const line = this.#track(role);
    if (line === undefined || line.codec === null) return null;
    let binding = this.#bindings.get(line);
    if (binding === undefined) {
      const { payloadType, rtxPayloadType, feedback } = line.codec;
      const extensionId = line.playoutDelayId ?? unusedId(line.remote);
      // Numbers without feedback would cost and say nothing. Where all ids are taken, one of the two is left out.
      const isNumbered = feedback.includes(TRANSPORT_FEEDBACK) && line.transportNumbersId !== extensionId;
      binding = {
        payloadType,
        extensionId,
        transportNumbersId: isNumbered ? (line.transportNumbersId ?? 0) : 0,
        rtx: rtxPayloadType === null ? null : { payloadType: rtxPayloadType, ssrc: this.#options.ssrc.rtx },
      };
      this.#bindings.set(line, binding);
    }
    return binding;
  }
}

/** Whether these are new credentials of the same browser. */
export function restartsIce(before: SdpTransport, now: SdpTransport): boolean {
  return now.ufrag !== before.ufrag || now.password !== before.password;
}

function isTrack(line: Line): line is TrackLine {
  return line.role === 'video' || line.role === 'audio';
}

function canReceive({ rejected, direction }: SdpMedia): boolean {
  return !rejected && (direction === 'sendrecv' || direction === 'recvonly');
}

/** Named like a browser's first line: Chromium cannot withdraw an offer for one whose first line has another name. */
function newApplication(): Line {
  return { role: 'application', mid: '0', remote: null };
}

function freeMid(lines: readonly Line[], wish: string): string {
  let mid = wish;
  for (let count = 1; lines.some((line) => line.mid === mid); count += 1) mid = `${wish}${count}`;
  return mid;
}

/** An id that is unused in this browser's offer. */
function unusedId(remote: SdpMedia | null): number {
  const used = new Set(remote?.extensions.values());
  return Array.from({ length: 14 }, (_, index) => index + 1).find((id) => !used.has(id)) ?? 14;
}
