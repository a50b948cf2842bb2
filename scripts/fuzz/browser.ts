import * as contract from '../../packages/contract/index.ts';
import { readCookie } from '../../packages/server/auth/cookies.ts';
import { bearerToken } from '../../packages/server/auth/credentials.ts';
import { originAllowed } from '../../packages/server/auth/origin.ts';
import {
  Attribute,
  decodeStun,
  encodeStun,
  errorCode,
  Method,
  xorAddress,
} from '../../packages/server/cli/doctor/stun/message.ts';
import { usableCandidate } from '../../packages/streamer/webrtc/ice/candidates.ts';
import { type Target, textTarget } from './target.ts';

/** What browsers, API callers and STUN servers may send. */
export function browserTargets(): Target[] {
  return [channels(), mediaSocket(), ...signals(), rest(), headers(), candidates(), stun()];
}

/** Data channel messages of every kind. */
export const CHANNEL_SAMPLES = [
  ...[
    '0000050005',
    '010064006407800438',
    '020101',
    '0300010001',
    '0401ff',
    '0001000041',
    '010568656c6c6f',
    '00000000000100000000000000',
    '0000000000010000',
    '0100',
    '000000100000000000ffff000000000000',
  ].map((text) => Buffer.from(text, 'hex')),
  Buffer.alloc(27, 1),
  Buffer.alloc(28, 2),
  Buffer.from('000000000013f0000003f0000003f8000003f8000003f80000005a', 'hex'),
];

function channels(): Target {
  const labels = [
    'mouse',
    'mouseClicks',
    'mouseAbsolute',
    'mouseRelative',
    'keyboard',
    'touch',
    'controllers',
    'controller0',
    'controller15',
  ];
  return {
    name: 'contract-channels',
    samples: CHANNEL_SAMPLES,
    run: (input) => {
      for (const label of labels) contract.decodeInput(label, input);
      contract.decodeFeedback(input);
      contract.parseGeneralMessage(input.toString());
    },
  };
}

/** Messages of the media socket in both directions: each must read as it was written. */
function mediaSocket(): Target {
  const configuration = {
    codec: 'avc1.64002a',
    width: 1280,
    height: 720,
    colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: false },
  };
  const video = Buffer.alloc(contract.videoHeaderBytes(configuration) + 8, 1);
  const about = { isKey: true, isDiscontinuity: false, frame: 7, timeUs: 123_456 };
  contract.writeVideoHeader(video, { ...about, configuration });
  const opus = { packetMs: 5, streams: 1, coupledStreams: 1, mapping: [0, 1] };
  const messages = [
    contract.encodeMediaHello(),
    video,
    contract.encodeAudio({ sequence: 1, timeUs: 5_000, configuration: opus, data: Buffer.from('fcfffe', 'hex') }),
    contract.encodeMediaFeedback({ kind: 'rumble', id: 0, low: 1, high: 2 }),
    contract.encodeMediaGeneral('ConnectionTerminated'),
    contract.encodeMediaIdle(),
    contract.encodeViewerHello({ wantsSound: true, takesSurround: false }),
    contract.encodeAcknowledgement({ queued: 1, received: 7, shown: 6, receivedAtMs: 100 }),
    contract.encodeMediaInput(contract.encodeInput({ kind: 'mouseMove', dx: 1, dy: 1 })),
    contract.encodeKeyFrameNeeded('decoderError'),
  ];
  return {
    name: 'contract-media-socket',
    samples: messages.map((message) => Buffer.from(message)),
    run: (input) => {
      contract.decodeMediaMessage(input);
      const message = contract.decodeViewerMessage(input);
      if (message?.kind === 'input') contract.decodeInput(message.channel, message.data);
    },
  };
}

function signals(): Target[] {
  const samples = [
    '{"Signaling":{"Description":{"ty":"offer","sdp":"v=0"}}}',
    '{"Signaling":{"AddIceCandidate":{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdp_mid":"0","sdp_mline_index":0,"username_fragment":null}}}',
    '{"AuthenticateAndInit":{"credentials":"a","client_unique_id":null,"host_id":0,"app_id":1,"bitrate":20000,"packet_size":1024,"fps":60,"width":1280,"height":720,"mode":"join","session_id":"s"}}',
    '{"WebRtcConfig":{"ice_servers":[{"urls":["stun:a"],"username":"","credential":""}]}}',
    '{"ConnectionComplete":{"capabilities":{"touch":true},"width":1,"height":1}}',
  ];
  return [
    textTarget('contract-signals', samples, (text) => {
      contract.parseClientSignal(text);
      contract.parseServerSignal(text);
      contract.parseLegacyInit(text);
    }),
  ];
}

/** Every schema of the contract, so that new ones are fuzzed too. */
function rest(): Target {
  const schemas = Object.entries(contract).flatMap(([name, value]) => (name.endsWith('Schema') ? [value] : [])) as {
    safeParse(value: unknown): unknown;
  }[];
  const samples = [
    '{"streamer_id":"a","client_unique_id":"b","host_id":0,"app_id":1,"settings":{"width":1280,"height":720},"fps":60}',
    '{"address":"192.0.2.1","http_port":47989}',
    '{"user":"a","password":"b"}',
    '{"name":"a","password":"12345678","role":"admin"}',
    '{"role":"watch","expires_in":60,"pin":"1234","max_uses":2}',
    '{"events":[{"type":"text","text":"a"}],"release":true}',
  ];
  return textTarget('rest-bodies', samples, (text) => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return;
    }
    for (const schema of schemas) schema.safeParse(body);
  });
}

function headers(): Target {
  const samples = ['Bearer abc.def', 'https://a.example:8443', 'moonshare_session=mss_1_x; other=1'];
  return textTarget('http-headers', samples, (text) => {
    bearerToken(text);
    readCookie(text, 'moonshare_session');
    originAllowed(text, 'a:1', ['https://platform.example']);
    originAllowed('https://platform.example', text, []);
  });
}

function candidates(): Target {
  const samples = [
    'candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host generation 0 ufrag abcd network-cost 999',
    'a=candidate:2 1 UDP 1686052607 2001:db8::1 54400 typ srflx raddr 0.0.0.0 rport 0',
  ];
  return textTarget('streamer-candidates', samples, (text) => void usableCandidate(text, ['10.0.0.5/8', 'fd00::5/64']));
}

function stun(): Target {
  const transactionId = Buffer.alloc(12, 1);
  const success = encodeStun({
    method: Method.BINDING,
    class: 'success',
    transactionId,
    attributes: [[Attribute.XOR_MAPPED_ADDRESS, Buffer.from('0001a147e112a643', 'hex')]],
  });
  const error = encodeStun({
    method: Method.ALLOCATE,
    class: 'error',
    transactionId,
    attributes: [[Attribute.ERROR_CODE, Buffer.from('00000401756e', 'hex')]],
  });
  return {
    name: 'doctor-stun',
    samples: [success, error],
    run: (input) => {
      const message = decodeStun(input);
      if (message === null) return;
      xorAddress(message, Attribute.XOR_MAPPED_ADDRESS);
      errorCode(message);
    },
  };
}
