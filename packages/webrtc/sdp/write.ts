/** Our side of one connection. */
export interface LocalTransport {
  ufrag: string;
  password: string;
  /** `sha-256 AB:CD:...` */
  fingerprint: string;
}

export const PLAYOUT_DELAY = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay';
export const TRANSPORT_NUMBERS = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** A codec as written in an m-line. */
export interface WrittenCodec {
  payloadType: number;
  /** `H264/90000`, `opus/48000/2` */
  rtpmap: string;
  fmtp: string;
  feedback: readonly string[];
  /** Of its resends (RFC 4588); null: they have none. */
  rtxPayloadType: number | null;
}

export type WrittenMedia =
  | { mid: string; kind: 'application' }
  /** Keeps its place, but nothing is sent. */
  | { mid: string; kind: 'inactive'; media: string; formats: string; rtpmap: string | null }
  | { mid: string; kind: 'rejected'; media: string; protocol: string; formats: string }
  | {
      mid: string;
      kind: 'audio' | 'video';
      codecs: readonly WrittenCodec[];
      ssrc: number;
      /** Of the resends. */
      rtxSsrc: number;
      /** Header extensions; null: not negotiated. */
      playoutDelayId: number | null;
      transportNumbersId: number | null;
    };

/** A complete description. `version` rises with each one on a connection (RFC 8829 §5.2.2). */
export function writeSdp(description: {
  sessionId: string;
  /** Of the one stream that our tracks share, so that browsers keep video and audio synchronised. */
  streamId: string;
  version: number;
  setup: 'actpass' | 'active' | 'passive';
  transport: LocalTransport;
  media: readonly WrittenMedia[];
}): string {
  const used = description.media.filter(({ kind }) => kind !== 'rejected');
  const transport = [
    `a=ice-ufrag:${description.transport.ufrag}`,
    `a=ice-pwd:${description.transport.password}`,
    'a=ice-options:trickle',
    `a=fingerprint:${description.transport.fingerprint}`,
    `a=setup:${description.setup}`,
  ];
  const lines = [
    'v=0',
    `o=- ${description.sessionId} ${description.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${used.map(({ mid }) => mid).join(' ')}`,
    `a=msid-semantic: WMS ${description.streamId}`,
    ...description.media.flatMap((media) => writeMedia(media, transport, description.streamId)),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function writeMedia(media: WrittenMedia, transport: readonly string[], streamId: string): string[] {
  const mid = `a=mid:${media.mid}`;
  switch (media.kind) {
    case 'application':
      return [
        'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
        'c=IN IP4 0.0.0.0',
        ...transport,
        mid,
        'a=sctp-port:5000',
        'a=max-message-size:65536',
      ];
    case 'rejected':
      return [`m=${media.media} 0 ${media.protocol} ${media.formats}`, 'c=IN IP4 0.0.0.0', mid, 'a=inactive'];
    case 'inactive':
      return [
        `m=${media.media} 9 UDP/TLS/RTP/SAVPF ${media.formats}`,
        'c=IN IP4 0.0.0.0',
        'a=rtcp:9 IN IP4 0.0.0.0',
        ...transport,
        mid,
        'a=inactive',
        'a=rtcp-mux',
        ...(media.rtpmap === null ? [] : [`a=rtpmap:${media.rtpmap}`]),
      ];
    default:
      return writeTrack(media, transport, streamId);
  }
}

function writeTrack(
  media: WrittenMedia & { kind: 'audio' | 'video' },
  transport: readonly string[],
  streamId: string,
): string[] {
  const payloadTypes = media.codecs.flatMap(({ payloadType, rtxPayloadType }) =>
    rtxPayloadType === null ? [payloadType] : [payloadType, rtxPayloadType],
  );
  const hasRtx = media.codecs.some(({ rtxPayloadType }) => rtxPayloadType !== null);
  const ssrcs = hasRtx ? [media.ssrc, media.rtxSsrc] : [media.ssrc];
  return [
    `m=${media.kind} 9 UDP/TLS/RTP/SAVPF ${payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    ...transport,
    `a=mid:${media.mid}`,
    ...writeExtension(media.playoutDelayId, PLAYOUT_DELAY),
    ...writeExtension(media.transportNumbersId, TRANSPORT_NUMBERS),
    'a=sendonly',
    `a=msid:${streamId} ${media.kind}`,
    'a=rtcp-mux',
    ...media.codecs.flatMap(({ payloadType, rtpmap, fmtp, feedback, rtxPayloadType }) => [
      `a=rtpmap:${payloadType} ${rtpmap}`,
      ...feedback.map((line) => `a=rtcp-fb:${payloadType} ${line}`),
      ...(fmtp === '' ? [] : [`a=fmtp:${payloadType} ${fmtp}`]),
      ...(rtxPayloadType === null
        ? []
        : [`a=rtpmap:${rtxPayloadType} rtx/90000`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`]),
    ]),
    ...(hasRtx ? [`a=ssrc-group:FID ${ssrcs.join(' ')}`] : []),
    ...ssrcs.flatMap((ssrc) => [`a=ssrc:${ssrc} cname:${streamId}`, `a=ssrc:${ssrc} msid:${streamId} ${media.kind}`]),
  ];
}

function writeExtension(id: number | null, uri: string): string[] {
  return id === null ? [] : [`a=extmap:${id} ${uri}`];
}
