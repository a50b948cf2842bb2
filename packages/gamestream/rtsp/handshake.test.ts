import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { testSettings } from '../http/fixtures/settings.ts';
import type { AppVersion } from '../http/types.ts';
import type { StreamSettings } from '../types.ts';
import { buildDescribe } from './describe.ts';
import { RtspHandshake, type RtspHandshakeInput, type RtspProgress } from './handshake.ts';
import {
  encodeResponse,
  headerValue,
  parseRequest,
  parseResponse,
  type RtspHeader,
  type RtspResponse,
} from './message.ts';
import { SUNSHINE_OPUS_LINES } from './opus-layout.ts';
import { parseAnnounce } from './parse-announce.ts';
import { parseSessionUrl } from './session-url.ts';
import { parseSetupTarget, setupReplyHeaders } from './setup.ts';

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const appVersion: AppVersion = { text: '7.1.431.-1', parts: [7, 1, 431, -1], sunshine: true };

const start = (change: Partial<RtspHandshakeInput> = {}, settings: Partial<StreamSettings> = {}) =>
  new RtspHandshake({
    url: parseSessionUrl('rtsp://192.168.1.50:48010'),
    settings: { ...testSettings, ...settings },
    serverInfo: { appVersion, codecModeSupport: 257 },
    peerAddress: '192.168.1.50',
    remote: false,
    ...change,
  });

const SUNSHINE_BODY = buildDescribe({
  hevc: true,
  av1: true,
  refPicInvalidation: true,
  featureFlags: 3,
  encryption: { supported: 5, requested: 1 },
  opusLines: [...SUNSHINE_OPUS_LINES],
});
const PING_PAYLOAD = '8F3C21A70B96E4D5';

/** The replies in the transcript, by CSeq. */
function sunshineReply(cseq: number, describe = SUNSHINE_BODY): RtspResponse {
  const setups = [
    setupReplyHeaders({ port: 48000, pingPayload: PING_PAYLOAD }),
    setupReplyHeaders({ port: 47998, pingPayload: PING_PAYLOAD }),
    setupReplyHeaders({ port: 47999, connectData: 2864434397 }),
  ];
  const headers: RtspHeader[] = [['CSeq', String(cseq)], ...(setups[cseq - 3] ?? [])];
  return { code: 200, reason: 'OK', headers, body: cseq === 2 ? describe : '' };
}

/** Runs a handshake against the replies; returns the requests and the progress. */
function run(handshake: RtspHandshake, reply: (cseq: number) => RtspResponse = (cseq) => sunshineReply(cseq)) {
  const requests: Buffer[] = [];
  const progress: RtspProgress[] = [];
  for (let cseq = 1; handshake.session === null; cseq++) {
    requests.push(handshake.request().bytes);
    progress.push(handshake.receive(parseResponse(encodeResponse(reply(cseq)))!));
  }
  return { requests, progress, session: handshake.session, announce: requests[5]!.toString() };
}

test('both sides reproduce the transcript in protocol/1 to the byte', () => {
  const { requests, progress, session } = run(start());
  assert.deepEqual(
    requests.map((request) => [request.length, sha256(request)]),
    [
      [99, '8019c38b40f51a0ba9501e7386b07b6fa7343844327516270cd60084b87f5cf3'],
      [175, 'c75cc26b28c24709e6ff4b735e59b18fca0955de50a44316a258583c6265f090'],
      [188, 'bac87a3e0fd8bedd667064b2e113079b337fed48a0fc149722cf701ade184d84'],
      [211, 'ce2a9b4348e6cd5480b658d77b147312c2528dac71ac2c6e64b5a0a15147c7f7'],
      [214, '588b02f1c68b96246b5a9a155b731b24dd57ab56584d907df7a6ce3a0d0228f5'],
      [1671, '11916e34045222ec1642cd09b3a7ef04f618fb9314e6e014a2376894253a89fb'],
      [95, '42d0213c1a84283a7971fa4480d4cdd509793a4d843414efcaeb2fd5cbb63241'],
    ],
  );
  const body = Buffer.from(parseRequest(requests[5]!)!.body);
  assert.equal(body.length, 1499);
  assert.equal(sha256(body), '6c97e23d45ea2fc190727968eb2a7be304bd01de96150309533682c9d9d3bad0');
  const replies = [1, 2, 3, 4, 5, 6, 7].map((cseq) => encodeResponse(sunshineReply(cseq)));
  assert.deepEqual(
    replies.map((reply) => [reply.length, sha256(reply)]),
    [
      [28, '652f0e3917cd3def6cad457e7fc2e81962d7a36e4bb60cc0c496cc16dc9f2bda'],
      [431, 'd26d6703fdeff0515b47c72b6dfed11ad0bcfe2398d5517f55078b49fb802e66'],
      [131, '6ddc79b451827db335ebb0749dce9ad290e340c8f92f2b6c38edee5c666e7c22'],
      [131, 'fff74ff186e77ea4e250b45acf8e9be45d5d4c24a3bd15c44951f90f0fe2f53a'],
      [125, '9b6f0a795238576c48a71a2a12c98f0d72aa2ba6f5345fc2a26921fa25803688'],
      [28, 'be5ca7ebce897200c2ae8c06ef33028f4a1fb24077d057f2840a7bb5f81432f0'],
      [28, '4926eca149e2b0a96e62a7f1216c3e753e2f549b33ae5d639ce9edc33ccdfbfe'],
    ],
  );
  assert.deepEqual(progress, [
    {},
    {},
    { setup: { stream: 'audio', port: 48000, pingPayload: PING_PAYLOAD } },
    { setup: { stream: 'video', port: 47998, pingPayload: PING_PAYLOAD } },
    { setup: { stream: 'control', port: 47999, pingPayload: null } },
    { announced: true },
    {},
  ]);
  assert.deepEqual(session, {
    audioPort: 48000,
    videoPort: 47998,
    controlPort: 47999,
    pingPayload: PING_PAYLOAD,
    connectData: 0xaabbccdd,
    encryption: { controlV2: true, video: false, audio: false },
    opus: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] },
    featureFlags: 3,
    audioPacketMs: 5,
    packetSize: 1392,
    refPicInvalidation: true,
  });
});

test('Wolf-new: its address is echoed, its ports are used, nothing is encrypted', () => {
  const body = 'a=fmtp:97 surround-params=21101\r\na=x-ss-general.featureFlags: 3\r\n';
  const setups = [
    setupReplyHeaders({ port: 48200, pingPayload: 'a:b;c d="e~f/123' }),
    setupReplyHeaders({ port: 48100, pingPayload: 'a:b;c d="e~f/123' }),
    setupReplyHeaders({ port: 47999, connectData: 7 }),
  ];
  const wolf = start({ url: parseSessionUrl('rtsp://203.7.91.14:48010') });
  const { requests, session, announce } = run(wolf, (cseq) => ({
    code: 200,
    reason: 'OK',
    headers: setups[cseq - 3] ?? [],
    body: cseq === 2 ? body : '',
  }));
  for (const request of requests) assert.equal(headerValue(parseRequest(request)!.headers, 'Host'), '203.7.91.14');
  assert.equal(parseRequest(requests[1]!)?.target, 'rtsp://203.7.91.14:48010');
  assert.ok(announce.includes('a=x-ss-general.encryptionEnabled:0 \r\n'));
  assert.ok(announce.includes('o=android 0 14 IN IPv4 192.168.1.50\r\n'));
  assert.equal(session.pingPayload, 'a:b;c d="e~f/123');
  assert.deepEqual([session.audioPort, session.videoPort, session.controlPort], [48200, 48100, 47999]);
});

test('what the host requests is always encrypted, what it supports only if wanted', () => {
  const describe = (supported: number, requested: number) =>
    buildDescribe({
      hevc: false,
      av1: false,
      refPicInvalidation: false,
      featureFlags: 0,
      encryption: { supported, requested },
      opusLines: [],
    });
  const session = (supported: number, requested: number, encrypt: StreamSettings['encrypt']) => {
    const result = run(start({}, { encrypt }), (cseq) => sunshineReply(cseq, describe(supported, requested)));
    const line = (name: string) => Number(new RegExp(`a=${name}:(\\d+) `).exec(result.announce)?.[1]);
    assert.equal(line('x-nv-video\\[0\\].packetSize'), result.session.packetSize);
    assert.equal(line('x-nv-general.featureFlags'), result.session.encryption.audio ? 167 : 135);
    return [line('x-ss-general.encryptionEnabled'), result.session.packetSize];
  };
  assert.deepEqual(session(7, 1, 'demanded'), [1, 1392]);
  assert.deepEqual(session(7, 1, 'offered'), [7, 1360]);
  assert.deepEqual(session(5, 1, 'offered'), [5, 1392]);
  assert.deepEqual(session(7, 7, 'demanded'), [7, 1360]);
  assert.deepEqual(session(0, 0, 'offered'), [0, 1392]);
  assert.deepEqual(session(7, 1, 'all'), [7, 1360]);
});

test('with encrypt "all", a host that cannot encrypt everything is refused before ANNOUNCE', () => {
  for (const [supported, missing] of [
    [5, 'video'],
    [3, 'sound'],
    [6, 'control'],
    [1, 'video, sound'],
    [0, 'video, sound, control'],
  ] as const) {
    const body = SUNSHINE_BODY.replace('encryptionSupported:5', `encryptionSupported:${supported}`);
    const refused = (error: unknown) => {
      assert.ok(error instanceof GameStreamError);
      assert.equal(error.code, 'HOST_ENCRYPTION_UNAVAILABLE');
      assert.equal(error.message, `The host does not offer to encrypt ${missing}`);
      return true;
    };
    assert.throws(() => run(start({}, { encrypt: 'all' }), (cseq) => sunshineReply(cseq, body)), refused);
  }
  const withoutEncryption = (cseq: number) => sunshineReply(cseq, '');
  assert.throws(() => run(start({}, { encrypt: 'all' }), withoutEncryption), code('HOST_ENCRYPTION_UNAVAILABLE'));
});

test('a host without encryption lines still encrypts the sound if wanted', () => {
  const { session, announce } = run(start({}, { encrypt: 'offered' }), (cseq) => sunshineReply(cseq, ''));
  assert.deepEqual(session.encryption, { controlV2: false, video: false, audio: true });
  assert.ok(announce.includes('a=x-ss-general.encryptionEnabled:0 \r\n'));
  assert.ok(announce.includes('a=x-nv-general.featureFlags:167 \r\n'));
});

test('session ids are echoed only if the host gave some', () => {
  const without = (cseq: number): RtspResponse => {
    const reply = sunshineReply(cseq);
    return { ...reply, headers: reply.headers.filter(([name]) => !name.startsWith('X-SS')) };
  };
  const { session, announce } = run(start(), without);
  assert.ok(announce.includes('a=x-ml-general.featureFlags:1 \r\n'));
  assert.equal(session.pingPayload, null);
  assert.equal(session.connectData, 0);
});

test('a remote host gets smaller packets, less bitrate and no traffic class', () => {
  const line = (announce: string, name: string) => new RegExp(`a=${name}:(\\d+) `).exec(announce)?.[1];
  const remote = run(start({ remote: true, peerAddress: '203.0.113.9' }, { bitrateKbps: 1000 }));
  assert.equal(remote.session.packetSize, 1024);
  assert.equal(line(remote.announce, 'x-nv-vqos\\[0\\].bw.maximumBitrateKbps'), '300');
  assert.equal(line(remote.announce, 'x-nv-vqos\\[0\\].qosTrafficType'), '0');
  assert.equal(line(remote.announce, 'x-nv-aqos.qosTrafficType'), '0');
  const six = run(
    start({ remote: true, peerAddress: '2001:db8::1', url: parseSessionUrl('rtsp://[2001:db8::1]:48010') }),
  );
  assert.equal(six.session.packetSize, 1184);
  assert.ok(six.announce.includes('o=android 0 14 IN IPv6 [2001:db8::1]\r\n'));
  assert.ok(six.announce.includes('Host: [2001:db8::1]\r\n'));
  const big = run(start({}, { bitrateKbps: 500_000, packetSize: 1400 }));
  assert.equal(line(big.announce, 'x-nv-video\\[0\\].initialBitrateKbps'), '100000');
  assert.equal(line(big.announce, 'x-ml-video.configuredBitrateKbps'), '500000');
  assert.equal(big.session.packetSize, 1392);
});

test('every setting arrives at the host', () => {
  const settings: StreamSettings = {
    width: 3840,
    height: 2160,
    fps: 120,
    bitrateKbps: 80_000,
    packetSize: 1024,
    codec: 'av1',
    tenBit: true,
    yuv444: true,
    colorSpace: 'rec2020',
    fullRange: true,
    audioChannels: 6,
    audioPacketMs: 5,
    playAudioOnHost: false,
    encrypt: 'offered',
  };
  const { announce, session } = run(start({}, settings));
  assert.ok(!announce.includes('x-nv-clientSupportHevc'));
  assert.deepEqual(session.opus, { channels: 6, streams: 6, coupledStreams: 0, mapping: [0, 1, 2, 3, 4, 5] });
  assert.deepEqual(parseAnnounce(parseRequest(Buffer.from(announce))!.body), {
    width: 3840,
    height: 2160,
    fps: 120,
    packetSize: 1024,
    bitrateKbps: 80_000,
    codec: 'av1',
    tenBit: true,
    yuv444: true,
    colorSpace: 'rec2020',
    fullRange: true,
    slices: 1,
    referenceFrames: 1,
    minFecPackets: 2,
    audioChannels: 6,
    highQualityAudio: true,
    audioPacketMs: 5,
    encryption: { controlV2: true, video: false, audio: true },
    echoesSessionIds: true,
  });
});

test('high quality sound needs enough bitrate, 5 ms packets and an offer of the host', () => {
  const quality = (settings: Partial<StreamSettings>, describe = SUNSHINE_BODY) => {
    const { announce, session } = run(start({}, settings), (cseq) => sunshineReply(cseq, describe));
    return [/AudioQuality:(\d)/.exec(announce)?.[1], session.opus.coupledStreams];
  };
  assert.deepEqual(quality({ audioChannels: 8 }), ['1', 0]);
  assert.deepEqual(quality({ audioChannels: 8, bitrateKbps: 14_999 }), ['0', 3]);
  assert.deepEqual(quality({ audioChannels: 6, audioPacketMs: 10 }), ['0', 2]);
  assert.deepEqual(quality({ audioChannels: 6 }, 'a=fmtp:97 surround-params=642012453\n'), ['0', 2]);
  assert.deepEqual(quality({ audioChannels: 2 }), ['0', 1]);
});

test('each refusal has its error code', () => {
  const refuse = (at: number, status: number) => () =>
    run(start(), (cseq) => (cseq === at ? { code: status, reason: 'No', headers: [], body: '' } : sunshineReply(cseq)));
  assert.throws(refuse(1, 404), code('RTSP_FAILED'));
  assert.throws(refuse(6, 400), code('RTSP_FAILED'));
  assert.throws(refuse(6, 403), code('HOST_ENCRYPTION_REQUIRED'));
  assert.throws(refuse(6, 503), code('HOST_BUSY'));
  assert.throws(() => run(start(), (cseq) => ({ ...sunshineReply(cseq), headers: [] })), code('RTSP_FAILED'));
  const hevc = () =>
    run(start({ serverInfo: { appVersion, codecModeSupport: 1 } }, { codec: 'hevc' }), (cseq) =>
      sunshineReply(cseq, ''),
    );
  assert.throws(hevc, code('HOST_UNSUPPORTED'));
});

test('settings no host would take are refused before anything is sent', () => {
  for (const settings of [
    { height: 721 },
    { width: 0 },
    { fps: 0.5 },
    { bitrateKbps: Number.NaN },
    { packetSize: 20 },
  ]) {
    assert.throws(() => start({}, settings), code('INVALID_ARGUMENT'), JSON.stringify(settings));
  }
});

test('a link-local address in the session URL may carry an interface, also one with letters', () => {
  for (const host of ['[fe80::1%2]', '[fe80::1%eth0]', '[fe80::1%enx00e04c680001]', '[FE80::1%Ethernet_2.10]'])
    assert.equal(parseSessionUrl(`rtsp://${host}:48010`).host, host);
  for (const host of [
    '[fe80::1%]',
    '[fe80::1%eth0%1]',
    '[fe80::1%e h0]',
    '[fe80::1%eth0\r\nX: y]',
    `[fe80::1%${'e'.repeat(65)}]`,
  ])
    assert.throws(() => parseSessionUrl(`rtsp://${host}:48010`), code('HOST_BAD_REPLY'), host);
  const local = run(start({ peerAddress: 'fe80::1%eth0', url: parseSessionUrl('rtsp://[fe80::1%eth0]:48010') }));
  // A host finds the session by what it put into its URL; an interface of ours means nothing to it.
  assert.ok(local.announce.includes('Host: [fe80::1%eth0]\r\n'));
  assert.ok(local.announce.includes('o=android 0 14 IN IPv6 [fe80::1]\r\n'));
});

test('a session URL that cannot be used is refused', () => {
  assert.deepEqual(parseSessionUrl('rtspenc://192.168.1.50:48010'), {
    text: 'rtspenc://192.168.1.50:48010',
    encrypted: true,
    host: '192.168.1.50',
    port: 48010,
  });
  for (const bad of [
    '',
    'rtsp://1.2.3.4',
    'rtsp://1.2.3.4:0',
    'rtsp://1.2.3.4:99999',
    'http://1.2.3.4:1',
    'rtsp://a b:1',
    'rtsp://a\r\nX: y:1',
  ]) {
    assert.throws(() => parseSessionUrl(bad), code('HOST_BAD_REPLY'), bad);
  }
  assert.throws(() => parseSessionUrl('rtspru://1.2.3.4:48010'), code('HOST_UNSUPPORTED'));
});

test('SETUP targets are read as Sunshine reads them', () => {
  assert.equal(parseSetupTarget('streamid=audio/0/0'), 'audio');
  assert.equal(parseSetupTarget('streamid=control/1/0'), 'control');
  assert.equal(parseSetupTarget('streamid=video'), null);
  assert.equal(parseSetupTarget('/'), null);
});

test('arbitrary replies end in a session or a typed error', () => {
  const header = fc.tuple(
    fc.constantFrom('Session', 'Transport', 'X-SS-Ping-Payload', 'X-SS-Connect-Data', 'CSeq'),
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        'server_port=0',
        'server_port=99999',
        'unicast;server_port=48000-48001;source=1',
        '4294967296',
        '0123456789ABCDEF',
      ),
    ),
  );
  const reply = fc.record({
    code: fc.constantFrom(200, 200, 200, 400),
    reason: fc.constant('x'),
    headers: fc.array(header),
    body: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(reply, { minLength: 7, maxLength: 7 }), (replies) => {
      try {
        const handshake = start({}, { audioChannels: 6 });
        for (const each of replies) {
          handshake.request();
          handshake.receive({ ...each, headers: [...each.headers, ['Session', 'A']] });
        }
        const { session } = handshake;
        assert.ok(
          session &&
            [session.audioPort, session.videoPort, session.controlPort].every((port) => port > 0 && port < 65536),
        );
      } catch (error) {
        assert.ok(error instanceof GameStreamError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
