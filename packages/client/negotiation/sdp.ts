/**
 * Asks for stereo in every Opus format of an SDP. Chromium decodes to one channel unless its own description says so.
 * Lines it does not know stay as they are.
 */
export function askForStereo(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000\/2\s*$/gim)].map((match) => match[1]));
  return sdp.replace(/^a=fmtp:(\d+) (.*?)(\r?)$/gm, (line, payload: string, parameters: string, end: string) => {
    if (!opus.has(payload) || /(^|;)\s*stereo=/.test(parameters)) return line;
    return `a=fmtp:${payload} ${parameters};stereo=1${end}`;
  });
}
