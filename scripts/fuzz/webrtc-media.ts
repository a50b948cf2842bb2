import { BandwidthEstimator } from '../../packages/webrtc/congestion/estimator.ts';
import {
  type MediaFormat,
  packetizeOpus,
  parseRtcp,
  parseSdp,
  RtpVideoPacketizer,
  SdpError,
  SdpNegotiation,
  UnsupportedVideoError,
} from '../../packages/webrtc/index.ts';
import { CODEC_UNITS } from './bitstream.ts';
import { type Target, textTarget } from './target.ts';

export const RTCP_SAMPLES = [
  '81c90007000000010000000200000000000000000000000000000000',
  '80c800060000000100000000000000000000000000000000',
  '81ce00020000000100000002',
  '81cd000300000001000000020001ffff',
  '84ce0004000000010000000000000002 05000000',
  '8fcd00050000000100000002000100010000000020000000',
  '8fcd00050000000100000002fffe000300001a07a80004fc',
].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));

const FINGERPRINT = `sha-256 ${Array(32).fill('A1').join(':')}`;
/** As Chromium writes it, shortened. */
const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 2 1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 45 49',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  `a=fingerprint:${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:96 H264/90000',
  'a=rtcp-fb:96 nack pli',
  'a=rtcp-fb:96 transport-cc',
  'a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:45 AV1/90000',
  'a=fmtp:45 level-idx=5;profile=0;tier=0',
  'a=rtpmap:49 H265/90000',
  'a=fmtp:49 level-id=120;profile-id=1;tier-flag=0;tx-mode=SRST',
  'a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  'a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host generation 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:2',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:1',
  'a=sctp-port:5000',
  '',
].join('\r\n');

const FORMATS: MediaFormat[] = (['h264', 'hevc', 'av1'] as const).map((codec) => ({
  codec,
  width: 1280,
  height: 720,
  profileLevelId: codec === 'h264' ? '64002a' : null,
  tenBit: false,
  audio: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] },
}));

/** What becomes RTP, and what browsers say about it: in descriptions and in RTCP. */
export function mediaTargets(): Target[] {
  return [...rtp(), rtcp(), congestion(), sdp(), negotiation()];
}

/** Access units become RTP, whatever they contain. */
function rtp(): Target[] {
  return Object.entries(CODEC_UNITS).map(([codec, samples]) => ({
    name: `webrtc-rtp-${codec}`,
    samples,
    run: (data, random) => {
      const packetizer = new RtpVideoPacketizer(codec as keyof typeof CODEC_UNITS);
      for (const unit of [random.pick(samples), data, random.pick(samples)]) {
        packetizer.packetize({ data: unit, keyFrame: random.below(2) === 0 }, { timestamp: 1, ssrc: 2 });
      }
      packetizeOpus(data.subarray(0, 1_275), { timestamp: 1, ssrc: 2 }, false);
    },
  }));
}

function rtcp(): Target {
  return { name: 'webrtc-rtcp', samples: RTCP_SAMPLES, run: (input) => void parseRtcp(input) };
}

/** What a browser says has arrived, of what was sent to it. */
function congestion(): Target {
  return {
    name: 'webrtc-congestion',
    samples: RTCP_SAMPLES,
    run: (input, random) => {
      const estimator = new BandwidthEstimator();
      for (let step = 0, now = 0; step < 8; step++, now += random.below(2_000)) {
        estimator.sent(Array(random.below(40)).fill(input), now);
        for (const message of parseRtcp(random.below(3) === 0 ? random.pick(RTCP_SAMPLES) : input))
          if (message.kind === 'transportFeedback') estimator.feedback(message, now);
        const kbps = estimator.estimate?.kbps ?? 0;
        if (!(Number.isFinite(kbps) && kbps >= 0)) throw new Error(`an estimate of ${kbps} kbit/s`);
      }
    },
  };
}

function sdp(): Target {
  return textTarget('webrtc-sdp', [OFFER], (text) => void parseSdp(text));
}

/** A browser's offers and answers amid our own, while the stream changes. */
function negotiation(): Target {
  return {
    name: 'webrtc-negotiation',
    samples: [OFFER, OFFER.replaceAll('a=recvonly', 'a=inactive'), OFFER.replace('actpass', 'passive')].map((text) =>
      Buffer.from(text),
    ),
    run: (bytes, random) => {
      const negotiation = new SdpNegotiation({
        newCredentials: () => ({ ufrag: 'ours', password: 'a-password-of-ours-again' }),
        transport: { ufrag: 'abcd', password: '0123456789012345678901', fingerprint: FINGERPRINT },
        ssrc: { video: 1, audio: 2, rtx: 3 },
        can: { transportNumbers: random.below(2) === 0, rtx: random.below(2) === 0 },
        sessionId: '1',
        streamId: 'stream',
      });
      for (let step = 0; step < 6; step++) {
        if (random.below(2) === 0) negotiation.setFormat(random.pick(FORMATS));
        if (negotiation.wantsToOffer) attempt(() => negotiation.offer());
        const type = random.pick(['offer', 'answer', 'pranswer', 'rollback']);
        attempt(() => negotiation.receive({ type, sdp: random.below(3) === 0 ? OFFER : bytes.toString() }));
        for (const binding of [negotiation.video, negotiation.audio]) {
          if (binding === null) continue;
          const { payloadType, rtx, extensionId, transportNumbersId } = binding;
          if (payloadType > 127 || (rtx?.payloadType ?? 0) > 127) throw new Error(`payload type ${payloadType}`);
          if (extensionId === transportNumbersId) throw new Error(`two extensions with id ${extensionId}`);
        }
        negotiation.bundleLine;
      }
    },
  };
}

/** Continues after a typed error; any other is a finding. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SdpError || error instanceof UnsupportedVideoError)) throw error;
  }
}
