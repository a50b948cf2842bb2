/** How current hosts put 5.1 and 7.1 into Opus streams (protocol/3 §8.4): `mapping;streams;coupled streams`, by channels. */
const LAYOUTS: readonly (readonly [channels: 6 | 8, mapping: string, streams: number, coupled: number])[] = [
  [6, '0,1,2,3,4,5', 4, 2],
  [6, '0,1,2,3,4,5', 6, 0],
  [6, '0,1,4,5,2,3', 4, 2],
  [6, '0,4,1,5,2,3', 4, 2],
  [8, '0,1,2,3,4,5,6,7', 5, 3],
  [8, '0,1,2,3,4,5,6,7', 8, 0],
  [8, '0,1,4,5,2,3,6,7', 5, 3],
  [8, '0,1,6,7,4,5,2,3', 5, 3],
];

/** The ranges of dynamic payload types, RFC 5761 §4 and RFC 8834: the upper range first. */
const PAYLOAD_TYPES = [...range(96, 127), ...range(35, 63)];

/**
 * Chromium's surround codec in its own offers, once per layout, since the codec needs the layout before the first packet.
 * Chromium decodes it without announcing it. The payload types of the first offer are kept: none may mean another codec later.
 */
export class SurroundOffers {
  #payloadTypes: readonly number[] | null = null;

  /** A description without sound, or without free payload types, is unchanged. */
  addTo(offer: string): string {
    const sdp = withoutSurround(offer);
    const used = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) /gm)].map((match) => Number(match[1])));
    this.#payloadTypes ??= PAYLOAD_TYPES.filter((payloadType) => !used.has(payloadType)).slice(0, LAYOUTS.length);
    const numbers = this.#payloadTypes;
    const lines = LAYOUTS.slice(0, numbers.length).map(
      ([channels, mapping, streams, coupled], index) =>
        `a=rtpmap:${numbers[index]} multiopus/48000/${channels}\r\n` +
        `a=fmtp:${numbers[index]} channel_mapping=${mapping};num_streams=${streams};coupled_streams=${coupled}\r\n`,
    );
    return changeAudio(sdp, (section) =>
      section.replace(/^(m=audio .*?)\r?$/m, `$1 ${numbers.join(' ')}\r`).replace(/(\r\n)?$/, `\r\n${lines.join('')}`),
    );
  }
}

/**
 * Asks for stereo in every Opus format of an SDP. Chromium decodes to one channel unless its own description asks for two.
 * Unknown lines are unchanged.
 */
export function askForStereo(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000\/2\s*$/gim)].map((match) => match[1]));
  return sdp.replace(/^a=fmtp:(\d+) (.*?)(\r?)$/gm, (line, payload: string, parameters: string, end: string) => {
    if (!opus.has(payload) || /(^|;)\s*stereo=/.test(parameters)) return line;
    return `a=fmtp:${payload} ${parameters};stereo=1${end}`;
  });
}

/** Removes the surround codec that Chromium, once made to accept it, offers by itself under other numbers. */
export function withoutSurround(sdp: string): string {
  return changeAudio(sdp, (section) => {
    const numbers = [...section.matchAll(/^a=rtpmap:(\d+) multiopus\//gm)].map((match) => match[1]!);
    if (numbers.length === 0) return section;
    const one = `(?:${numbers.join('|')})`;
    return section
      .replace(new RegExp(`^a=(?:rtpmap|fmtp|rtcp-fb):${one} .*\\r\\n`, 'gm'), '')
      .replace(/^m=audio .*$/m, (line) => line.replace(new RegExp(` ${one}(?= |\\r?$)`, 'g'), ''));
  });
}

function changeAudio(sdp: string, change: (section: string) => string): string {
  const sections = sdp.split(/(?=^m=)/m);
  return sections.map((section) => (section.startsWith('m=audio ') ? change(section) : section)).join('');
}

/** Only Chromium has the codec, and no codec list names it. */
export function takesSurround(userAgent: string): boolean {
  return /Chrom(e|ium)\//.test(userAgent);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
