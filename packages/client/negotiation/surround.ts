/** How hosts of today put 5.1 and 7.1 into Opus streams (protocol/3 §8.4): `mapping;streams;coupled streams`, by channels. */
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

/** Where dynamic payload types lie, RFC 5761 §4 and RFC 8834: the upper range first. */
const PAYLOAD_TYPES = [...range(96, 127), ...range(35, 63)];

/**
 * Adds Chromium's surround codec to the sound of its own offer, once for each layout, as the codec is told the layout before
 * the first packet. Chromium decodes it and does not say so. A description without sound, or without room, stays as it is.
 */
export function offerSurround(sdp: string): string {
  const sections = sdp.split(/(?=^m=)/m);
  const audio = sections.findIndex((section) => section.startsWith('m=audio '));
  if (audio < 0) return sdp;
  const used = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) /gm)].map((match) => Number(match[1])));
  const free = PAYLOAD_TYPES.filter((payloadType) => !used.has(payloadType));
  const added = LAYOUTS.slice(0, free.length).map((layout, index) => ({ layout, payloadType: free[index]! }));
  const lines = added.map(
    ({ layout: [channels, mapping, streams, coupled], payloadType }) =>
      `a=rtpmap:${payloadType} multiopus/48000/${channels}\r\n` +
      `a=fmtp:${payloadType} channel_mapping=${mapping};num_streams=${streams};coupled_streams=${coupled}\r\n`,
  );
  sections[audio] = sections[audio]!.replace(
    /^(m=audio .*?)\r?$/m,
    `$1 ${added.map(({ payloadType }) => payloadType).join(' ')}\r`,
  ).replace(/(\r\n)?$/, `\r\n${lines.join('')}`);
  return sections.join('');
}

/** Only Chromium has the codec, and no list of codecs names it. */
export function takesSurround(userAgent: string): boolean {
  return /Chrom(e|ium)\//.test(userAgent);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
