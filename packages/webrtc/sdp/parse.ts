import { SdpError } from './errors.ts';

/** One payload type of an m-line. */
export interface SdpCodec {
  payloadType: number;
  /** As written: `H264`, `opus`. */
  name: string;
  clockRate: number;
  channels: number;
  /** Parameters of `a=fmtp`, names in lower case. */
  parameters: Map<string, string>;
  feedback: string[];
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** ICE and DTLS parameters of a description; bundled m-lines share them. */
export interface SdpTransport {
  ufrag: string;
  password: string;
  /** `sha-256 AB:CD:...` */
  fingerprint: string;
  setup: 'actpass' | 'active' | 'passive';
}

export interface SdpMedia {
  kind: string;
  protocol: string;
  /** Port 0: the m-line is not used. */
  rejected: boolean;
  mid: string;
  direction: Direction;
  /** In the order of the m-line; only those with an rtpmap. */
  codecs: SdpCodec[];
  /** Payload types or the data channel's format, as in the m-line. */
  formats: string;
  /** Header extension URI to id. */
  extensions: Map<string, number>;
  sctpPort: number;
}

export interface Sdp {
  media: SdpMedia[];
  /** Null if a part is missing. */
  transport: SdpTransport | null;
  candidates: string[];
}

/** A browser with three m-lines writes about 300 lines; nobody needs more than this. */
const MAX_LINES = 5000;
const MAX_LINE = 2000;
const MAX_MEDIA = 32;
const MAX_CANDIDATES = 64;
/** Per codec. Parsing a description delays all viewers, so no part of it may multiply another. */
const MAX_PARAMETERS = 64;
const MAX_FEEDBACK = 16;

const TOKEN = /^[\w!#$%&'*+.^`{|}~-]{1,64}$/;
/** RFC 8839 §5.4. */
const ICE_UFRAG = /^[\w+/=.~-]{4,256}$/;
const ICE_PASSWORD = /^[\w+/=.~-]{22,256}$/;
/** RFC 8122 §5. */
const FINGERPRINT = /^(sha-\d{1,3}) ([0-9a-f]{2}(?::[0-9a-f]{2})*)$/i;
const HASH_BYTES = new Map([
  ['sha-1', 20],
  ['sha-224', 28],
  ['sha-256', 32],
  ['sha-384', 48],
  ['sha-512', 64],
]);
const DEFAULT_SCTP_PORT = 5000;

/** The parts of a browser's description that matter here (RFC 8866, 8829). Throws SdpError if it is malformed. */
export function parseSdp(text: string): Sdp {
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES || lines.some((line) => line.length > MAX_LINE)) throw new SdpError('it is too long');
  const first = lines.findIndex((line) => line.startsWith('m='));
  if (!text.startsWith('v=0') || first < 0) throw new SdpError('it has no media');

  const sections: string[][] = [];
  for (const line of lines.slice(first)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)!.push(line);
  }
  if (sections.length > MAX_MEDIA) throw new SdpError('it has too many m-lines');
  const session = lines.slice(0, first);
  const media = sections.map((section) => parseMedia(section));
  if (new Set(media.map(({ mid }) => mid)).size !== media.length) throw new SdpError('two m-lines share a mid');
  return { media, transport: parseTransport(session, sections, media), candidates: candidatesOf(lines) };
}

/** The values of `a=NAME:value` lines. */
function values(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

function parseMedia(lines: readonly string[]): SdpMedia {
  const [, kind, port, protocol, formats] = /^m=(\w+) (\d+)(?:\/\d+)? (\S+) ([\w -]+)$/.exec(lines[0]!.trimEnd()) ?? [];
  if (kind === undefined || protocol === undefined || formats === undefined) throw new SdpError('a bad m-line');
  const mid = values(lines, 'mid')[0];
  if (mid === undefined || !TOKEN.test(mid)) throw new SdpError('an m-line without a good mid');
  return {
    kind,
    protocol,
    // A bundled m-line may have port 0 in an offer, RFC 8843 §7.
    rejected: Number(port) === 0 && !lines.includes('a=bundle-only'),
    mid,
    direction:
      (['sendonly', 'recvonly', 'inactive'] as const).find((name) => lines.includes(`a=${name}`)) ?? 'sendrecv',
    codecs: parseCodecs(lines, formats),
    formats,
    extensions: parseExtensions(lines),
    sctpPort: Number(/^\d{1,5}$/.exec(values(lines, 'sctp-port')[0] ?? '')?.[0] ?? DEFAULT_SCTP_PORT),
  };
}

function parseCodecs(lines: readonly string[], formats: string): SdpCodec[] {
  const codecs = new Map<number, SdpCodec>();
  for (const value of values(lines, 'rtpmap')) {
    const match = /^(\d{1,3}) ([\w.-]{1,32})\/(\d{1,6})(?:\/(\d{1,2}))?$/.exec(value);
    if (match === null || Number(match[1]) > 127) continue;
    codecs.set(Number(match[1]), {
      payloadType: Number(match[1]),
      name: match[2]!,
      clockRate: Number(match[3]),
      channels: Number(match[4] ?? 1),
      parameters: new Map(),
      feedback: [],
    });
  }
  for (const value of values(lines, 'fmtp')) {
    const { payloadType, rest } = ofPayload(value);
    const parameters = codecs.get(Number(payloadType))?.parameters;
    // Only the first line for a codec counts.
    if (parameters === undefined || parameters.size > 0) continue;
    for (const parameter of rest.split(';', MAX_PARAMETERS)) {
      const [name, ...parts] = parameter.trim().split('=');
      if (name !== undefined && name !== '') parameters.set(name.toLowerCase(), parts.join('='));
    }
  }
  const feedback = parseFeedback(lines);
  for (const codec of codecs.values())
    codec.feedback = [...(feedback.get(String(codec.payloadType)) ?? []), ...(feedback.get('*') ?? [])];
  return formats.split(' ').flatMap((format) => codecs.get(Number(format)) ?? []);
}

/** By payload type; `*` applies to all. */
function parseFeedback(lines: readonly string[]): Map<string, Set<string>> {
  const feedback = new Map<string, Set<string>>();
  for (const value of values(lines, 'rtcp-fb')) {
    const { payloadType, rest } = ofPayload(value);
    const kinds = feedback.get(payloadType) ?? new Set();
    if (kinds.size < MAX_FEEDBACK) feedback.set(payloadType, kinds.add(rest));
  }
  return feedback;
}

/** `108 nack pli` */
function ofPayload(value: string): { payloadType: string; rest: string } {
  const [payloadType = ''] = value.split(' ', 1);
  return { payloadType, rest: value.slice(payloadType.length + 1) };
}

function parseExtensions(lines: readonly string[]): Map<string, number> {
  const extensions = new Map<string, number>();
  const used = new Set<number>();
  for (const value of values(lines, 'extmap')) {
    const match = /^(\d{1,2})(?:\/\w+)? (\S+)/.exec(value);
    const id = Number(match?.[1]);
    // One-byte header extensions only, RFC 8285 §4.2. An id means one thing: the first.
    if (match !== null && id >= 1 && id <= 14 && !used.has(id)) extensions.set(match[2]!, id);
    used.add(id);
  }
  return extensions;
}

/** From the session and the first m-line in use, which the others are bundled with. */
function parseTransport(session: string[], sections: string[][], media: SdpMedia[]): SdpTransport | null {
  const bundled = sections[media.findIndex(({ rejected }) => !rejected)] ?? [];
  const value = (name: string) => values(bundled, name)[0] ?? values(session, name)[0];
  const ufrag = value('ice-ufrag');
  const password = value('ice-pwd');
  const fingerprint = value('fingerprint');
  if (ufrag === undefined || password === undefined || fingerprint === undefined) return null;
  if (!ICE_UFRAG.test(ufrag) || !ICE_PASSWORD.test(password)) throw new SdpError('bad ICE credentials');
  if (!isFingerprint(fingerprint)) throw new SdpError('a bad fingerprint');
  const setup = value('setup');
  return { ufrag, password, fingerprint, setup: setup === 'active' || setup === 'passive' ? setup : 'actpass' };
}

function isFingerprint(text: string): boolean {
  const [, hash, bytes] = FINGERPRINT.exec(text) ?? [];
  return hash !== undefined && bytes?.split(':').length === HASH_BYTES.get(hash.toLowerCase());
}

function candidatesOf(lines: readonly string[]): string[] {
  return values(lines, 'candidate')
    .slice(0, MAX_CANDIDATES)
    .map((value) => `candidate:${value}`);
}
