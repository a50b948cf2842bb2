/** What one side says of itself. */
export interface Side {
  ufrag: string;
  password: string;
  /** SHA-256: `AB:CD:...` */
  fingerprint: string;
  address: string;
  port: number;
}

export interface RemoteSide extends Side {
  /** Of DTLS. */
  setup: 'actpass' | 'active' | 'passive';
}

/** H.264 in an offer. */
const PAYLOAD_TYPE = 96;
const PROFILE = 'profile-level-id=64002a;packetization-mode=1;level-asymmetry-allowed=1';

/** Offers to receive the picture. */
export function offerOf(side: Side): string {
  return describe(['0'], [pictureLine(side, { setup: 'actpass', mid: '0', payloadType: PAYLOAD_TYPE })]);
}

/** Accepts the picture in someone's offer, and nothing else. */
export function answerTo(offer: string, side: Side): string {
  const accepted: string[] = [];
  const media = offer
    .split(/^(?=m=)/m)
    .slice(1)
    .map((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1] ?? '0';
      const payloadType = /^a=rtpmap:(\d+) H264\//m.exec(section)?.[1];
      if (payloadType === undefined) return refusedLine(section, mid);
      accepted.push(mid);
      return pictureLine(side, { setup: 'active', mid, payloadType: Number(payloadType) });
    });
  return describe(accepted, media);
}

function describe(bundled: readonly string[], media: readonly string[][]): string {
  const session = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${bundled.join(' ')}`];
  return `${[...session, ...media.flat()].join('\r\n')}\r\n`;
}

function refusedLine(section: string, mid: string): string[] {
  const [, kind, rest] = /^m=(\S+) \d+ (.*?)\r?$/m.exec(section)!;
  return [`m=${kind} 0 ${rest}`, 'c=IN IP4 0.0.0.0', `a=mid:${mid}`, 'a=inactive'];
}

function pictureLine(
  { ufrag, password, fingerprint, address, port }: Side,
  { setup, mid, payloadType }: { setup: string; mid: string; payloadType: number },
): string[] {
  return [
    `m=video 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp-mux',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${setup}`,
    `a=mid:${mid}`,
    'a=recvonly',
    `a=rtpmap:${payloadType} H264/90000`,
    `a=fmtp:${payloadType} ${PROFILE}`,
    `a=rtcp-fb:${payloadType} nack`,
    `a=rtcp-fb:${payloadType} nack pli`,
    `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`,
    'a=end-of-candidates',
  ];
}

/** What a description says of its side; its address is that of this candidate line, or of the first suitable one inside. */
export function readSide(sdp: string, candidates: readonly string[] = []): RemoteSide {
  const value = (name: string) => {
    const found = new RegExp(`^a=${name}:(?:sha-256 )?(\\S+)`, 'im').exec(sdp)?.[1];
    if (found === undefined) throw new Error(`A description has no ${name}`);
    return found;
  };
  const inside = sdp.split('\n').filter((line) => line.startsWith('a=candidate:'));
  return {
    ufrag: value('ice-ufrag'),
    password: value('ice-pwd'),
    fingerprint: value('fingerprint').toUpperCase(),
    setup: value('setup') as RemoteSide['setup'],
    ...endpointIn([...candidates, ...inside]),
  };
}

/** Of the first host candidate for UDP and IPv4. */
function endpointIn(candidates: readonly string[]): { address: string; port: number } {
  for (const candidate of candidates) {
    const found = /candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host/i.exec(candidate);
    if (found !== null) return { address: found[1]!, port: Number(found[2]) };
  }
  throw new Error('The other side has no host candidate for UDP and IPv4');
}
