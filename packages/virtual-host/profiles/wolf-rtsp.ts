import {
  type Announcement,
  GameStreamError,
  parseAnnounce,
  type RtspHeader,
  type RtspRequest,
} from '@moonshare/gamestream';
import { OPUS_MODES } from '../encode/opus-modes.ts';

const MAX_REQUEST = 8 * 1024;

/** Line for line as recorded, protocol/5; only the digits of 7.1 are this host's own. */
export const WOLF_DESCRIPTION = [
  'sprop-parameter-sets=AAAAAU',
  `a=fmtp:97 surround-params=${OPUS_MODES[2].digits}`,
  `a=fmtp:97 surround-params=${OPUS_MODES[6].digits}`,
  `a=fmtp:97 surround-params=${OPUS_MODES[8].digits}`,
  'a=x-ss-general.featureFlags: 3',
  '',
].join('\r\n');

/** The narrow grammar of protocol/1 §8.2. */
const TARGET = '(?:[a-z]+://[0-9.]+:[0-9]+|[a-z]+=[a-z]+[0-9/]+|/)';
const REQUEST_LINE = new RegExp(`^([A-Z]+) (${TARGET}) RTSP/1\\.0$`);
const SEQUENCE = /^CSeq: (\d+)$/;
const HEADER = /^([A-Za-z-]+): ([A-Za-z0-9\-_./;=, :]+)$/;
const BODY_LENGTH = /^Content-length: (\d{1,5})$/;
const SDP_LINE = /^[a-z]=[A-Za-z0-9\-_./[\]\\:= ]*$/;

/** Reads a request as Wolf does: anything outside its grammar throws MALFORMED. Null: incomplete. */
export function readWolfRequest(bytes: Buffer): RtspRequest | null {
  if (bytes.length > MAX_REQUEST) throw malformed('too long');
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', second = '', ...rest] = text.slice(0, end).split('\r\n');
  const request = REQUEST_LINE.exec(first);
  const sequence = SEQUENCE.exec(second);
  if (request === null) throw malformed('the request line');
  if (sequence === null) throw malformed('CSeq is not first');
  const headers: RtspHeader[] = [['CSeq', sequence[1]!]];
  for (const [index, line] of rest.entries()) {
    const header = HEADER.exec(line);
    if (header === null) throw malformed('a header');
    headers.push([header[1]!, header[2]!]);
    const length = BODY_LENGTH.exec(line)?.[1];
    if (length === undefined) continue;
    // It measures the body from this line, so nothing may come in between.
    if (index !== rest.length - 1) throw malformed('a header after the length of the body');
    const bodyAt = end + 4;
    if (bytes.length < bodyAt + Number(length)) return null;
    const body = text.slice(bodyAt, bodyAt + Number(length));
    return { method: request[1]!, target: request[2]!, headers, body: readable(body) };
  }
  return { method: request[1]!, target: request[2]!, headers, body: '' };
}

/** The lines before the first one with a character that Wolf does not know. */
function readable(body: string): string {
  const lines = body.split('\r\n');
  const bad = lines.findIndex((line) => line !== '' && !SDP_LINE.test(line));
  return (bad < 0 ? lines : [...lines.slice(0, bad), '']).join('\r\n');
}

/** Wolf's defaults where the client says nothing, protocol/1 §8.6; 167: the sound is encrypted. */
const DEFAULTS = {
  'x-nv-video[0].packetSize': 1024,
  'x-nv-vqos[0].bw.maximumBitrateKbps': 15500,
  'x-nv-general.featureFlags': 167,
  'x-nv-video[0].videoEncoderSlicesPerFrame': 1,
  'x-nv-video[0].maxNumReferenceFrames': 1,
  'x-nv-audio.surround.numChannels': 2,
  'x-nv-audio.surround.channelMask': 3,
  'x-nv-audio.surround.AudioQuality': 0,
};
/** Attributes that it never reads. */
const IGNORED = { 'x-ss-general.encryptionEnabled': 0, 'x-ml-general.featureFlags': 0 };

/** Throws MALFORMED without a size or a frame rate. */
export function readWolfAnnounce(body: string): Announcement {
  // The last attribute of a name counts.
  return parseAnnounce(`${attributes(DEFAULTS)}${body}\r\n${attributes(IGNORED)}`);
}

function attributes(values: Record<string, number>): string {
  return Object.entries(values)
    .map(([name, value]) => `a=${name}:${value}\r\n`)
    .join('');
}

function malformed(what: string): GameStreamError {
  return new GameStreamError('MALFORMED', `Wolf does not understand this request: ${what}`);
}
