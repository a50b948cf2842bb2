import { imageType, parseAppList } from '../../packages/gamestream/http/apps.ts';
import { parseLaunchReply } from '../../packages/gamestream/http/launch.ts';
import { parseServerInfo } from '../../packages/gamestream/http/server-info.ts';
import * as gamestream from '../../packages/gamestream/index.ts';
import { RtspHandshake } from '../../packages/gamestream/rtsp/handshake.ts';
import { DecodeGate } from '../../packages/gamestream/video/decode-gate.ts';
import { CLIENT_MESSAGES, HOST_MESSAGES, INPUT } from './gamestream-messages.ts';
import type { Random } from './random.ts';
import { type Target, textTarget } from './target.ts';

const KEY = Buffer.alloc(16, 7);
const HOST_NAME = '192.0.2.1';
const VIDEO = { maxDatagram: 2048 } as const;
const CODECS = ['h264', 'hevc', 'av1'] as const;

/** What a GameStream host may send to us, and what a client may send to the virtual host. */
export async function gamestreamTargets(): Promise<Target[]> {
  return [...media(), enet(), ...control(), ...rtsp(), ...http(), ...(await pairing())];
}

/** Sends `input` amid valid datagrams, some of them lost, repeated or late: receivers keep state. */
function amid(
  input: Buffer,
  samples: readonly Buffer[],
  random: Random,
  receive: (datagram: Buffer, at: number) => void,
) {
  let now = 1_000;
  const at = random.below(samples.length + 1);
  const wire = [...samples.slice(0, at), input, ...samples.slice(random.below(at + 1))];
  for (let moves = random.below(12); moves > 0; moves--) {
    const [moved] = wire.splice(random.below(wire.length), 1);
    if (moved === undefined) break;
    for (let copies = random.below(3); copies > 0; copies--) wire.splice(random.below(wire.length + 1), 0, moved);
  }
  for (const datagram of wire) {
    now += random.below(8);
    receive(datagram, now);
  }
}

function media(): Target[] {
  const targets = [undefined, KEY].flatMap((key) => {
    const kind = key === undefined ? 'plain' : 'encrypted';
    const packetizer = new gamestream.VideoPacketizer({ packetSize: 256, fecPercentage: 20, minParity: 2, key });
    const video = [3_000, 100, 700].flatMap((length, i) => {
      const data = Buffer.concat([Buffer.from([0, 0, 0, 1, 0x65]), Buffer.alloc(length, i)]);
      return packetizer.packetize({ data, keyFrame: i === 0, timestamp: i * 1500, latency: 10 }).datagrams;
    });
    const audioKey = key === undefined ? {} : { key, keyId: 1 };
    const audioPacketizer = new gamestream.AudioPacketizer({ packetMs: 5, ...audioKey });
    const audio = Array.from({ length: 12 }, (_, i) => Buffer.alloc(80, i)).flatMap((opus) =>
      audioPacketizer.packetize(opus),
    );
    return [
      {
        name: `gamestream-video-${kind}`,
        samples: video,
        run: (input: Buffer, random: Random) => {
          const codec = random.pick(CODECS);
          const receiver = new gamestream.VideoReceiver({ ...VIDEO, codec, ...(key === undefined ? {} : { key }) });
          const gate = new DecodeGate();
          amid(input, video, random, (datagram, now) => gate.filter(receiver.receive(datagram, now).events));
          gate.filter(receiver.advance(Number.POSITIVE_INFINITY).events);
        },
      },
      {
        name: `gamestream-audio-${kind}`,
        samples: audio,
        run: (input: Buffer, random: Random) => {
          const receiver = new gamestream.AudioReceiver({ packetMs: 5, ...audioKey });
          amid(input, audio, random, (datagram, now) => receiver.receive(datagram, now));
          receiver.advance(1e9);
        },
      },
    ];
  });
  return targets;
}

const MESSAGES = [
  [1, 3_000, 'reliable'],
  [2, 40, 'unreliable'],
  [3, 40, 'unsequenced'],
  [1, 10, 'reliable'],
] as const;

/** The datagrams that a call wants to send, with their recipient. */
function sends({ events }: gamestream.EnetOutput, to: string): { data: Buffer; to: string }[] {
  return events.flatMap((event) => (event.type === 'send' ? [{ data: event.data, to }] : []));
}

/** Two connected hosts, and datagrams in between that neither sent. */
function enet(): Target {
  const talk = (random: (bytes: number) => Buffer) => {
    const host = new gamestream.EnetHost({ slots: 4, random });
    const client = new gamestream.EnetHost({ slots: 1, random });
    const seen: Buffer[] = [];
    let now = 1_000;
    let waiting = sends(client.connect({ to: 'H', channels: 48, data: 5 }, now), 'H');
    const step = (sent: { data: Buffer; to: string }[]) =>
      sent.flatMap(({ data, to }) => {
        seen.push(data);
        const output = to === 'H' ? host.receive(data, 'C', ++now) : client.receive(data, 'H', ++now);
        return sends(output, to === 'H' ? 'C' : 'H');
      });
    for (let rounds = 0; rounds < 8 && waiting.length > 0; rounds++) waiting = step(waiting);
    for (const [channel, bytes, mode] of MESSAGES) {
      let sent = sends(client.send(0, channel, Buffer.alloc(bytes, 1), mode, now), 'H');
      for (let rounds = 0; rounds < 4 && sent.length > 0; rounds++) sent = step(sent);
    }
    step(sends(host.send(0, 0, Buffer.alloc(20, 2), 'reliable', now), 'C'));
    return { host, client, seen, now };
  };
  const fixed = (bytes: number) => Buffer.alloc(bytes, 0x5a);
  const goodbyes = () =>
    (['reliable', 'unsequenced'] as const).flatMap((how) => {
      const { client, now } = talk(fixed);
      return sends(client.disconnect(0, how, now, 7), 'H').map(({ data }) => data);
    });
  return {
    name: 'gamestream-enet',
    samples: [...talk(fixed).seen, ...goodbyes()],
    run: (input, chance) => {
      const { host, client, now, seen } = talk(fixed);
      // Late, repeated and out of order, as on a network.
      for (let i = chance.below(4); i > 0; i--) host.receive(chance.pick(seen), 'C', now);
      host.receive(input, 'C', now + 1);
      host.receive(input, 'stranger', now + 2);
      client.receive(input, 'H', now + 3);
      new gamestream.EnetObserver().receive(input, 'client');
      host.advance(now + 100_000);
      client.advance(now + 100_000);
    },
  };
}

function control(): Target[] {
  const messages = [
    ...HOST_MESSAGES.map(gamestream.encodeHostMessage),
    ...CLIENT_MESSAGES.map((message) => gamestream.encodeClientMessage(message).plain),
  ];
  const sealed = (['v2', 'old'] as const).flatMap((style) => {
    const cipher = new gamestream.ControlCipher({ key: KEY, style, role: 'host' });
    return messages.map((plain) => cipher.seal(plain));
  });
  const input = INPUT.map((packet) => gamestream.encodeInput(packet).payload);
  return [
    {
      name: 'gamestream-control',
      samples: messages,
      run: (bytes) => {
        attempt(() => gamestream.decodeHostMessage(bytes));
        gamestream.decodeClientMessage(bytes);
      },
    },
    {
      name: 'gamestream-control-cipher',
      samples: sealed,
      run: (bytes) => {
        for (const style of ['v2', 'old'] as const) {
          for (const role of ['client', 'host'] as const) {
            attempt(() => new gamestream.ControlCipher({ key: KEY, style, role }).open(bytes));
          }
        }
      },
    },
    { name: 'gamestream-input', samples: input, run: (bytes) => void gamestream.decodeInput(bytes) },
  ];
}

function rtsp(): Target[] {
  const response =
    'RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: DEADBEEFCAFE;timeout = 90\r\nTransport: server_port=48000\r\nX-SS-Ping-Payload: 0123456789ABCDEF\r\n\r\n';
  const request = 'SETUP streamid=video/0/0 RTSP/1.0\r\nCSeq: 4\r\nX-GS-ClientVersion: 14\r\nHost: a\r\n\r\n';
  const describe =
    'a=x-ss-general.featureFlags:3\r\na=x-ss-general.encryptionSupported:5\r\na=x-ss-general.encryptionRequested:1\r\nsprop-parameter-sets=AAAAAU\r\na=rtpmap:98 AV1/90000\r\na=fmtp:97 surround-params=21101\r\na=fmtp:97 surround-params=642012453\r\n';
  const announce =
    'v=0\r\na=x-nv-video[0].clientViewportWd:1280 \r\na=x-nv-video[0].clientViewportHt:720 \r\na=x-nv-vqos[0].fec.minRequiredFecPackets:2 \r\n';
  const cipher = new gamestream.RtspCipher({ key: KEY, role: 'host' });
  return [
    {
      name: 'gamestream-rtsp',
      samples: [response, request].map((text) => Buffer.from(text)),
      run: (bytes) => {
        attempt(() => gamestream.parseRequest(bytes));
        const reply = gamestream.parseResponse(bytes);
        for (const stream of ['audio', 'video', 'control'] as const) {
          if (reply !== null) attempt(() => gamestream.parseSetupReply(stream, reply));
        }
      },
    },
    {
      name: 'gamestream-rtsp-cipher',
      samples: [response, describe].map((text) => cipher.seal(Buffer.from(text))),
      run: (bytes) => {
        gamestream.rtspFrameLength(bytes);
        new gamestream.RtspCipher({ key: KEY, role: 'client' }).open(bytes);
      },
    },
    handshake(response, describe),
    textTarget('gamestream-rtsp-describe', [describe], (text) => void gamestream.parseDescribe(text)),
    textTarget('gamestream-rtsp-announce', [announce], (text) => void gamestream.parseAnnounce(text)),
    textTarget('gamestream-rtsp-addresses', ['rtspenc://[2001:db8::1]:48010', 'streamid=audio/0/0'], (text) => {
      gamestream.parseSetupTarget(text);
      gamestream.parseSessionUrl(text);
    }),
  ];
}

/** The seven replies of a handshake, one of them damaged. */
function handshake(reply: string, describe: string): Target {
  const bodies = [reply, `${reply}${describe}`, reply.replace('\r\n\r\n', '\r\nX-SS-Connect-Data: 7\r\n\r\n')];
  const serverInfo = { appVersion: { text: '', parts: [7, 1, 431, -1], sunshine: true }, codecModeSupport: 0x30303 };
  return {
    name: 'gamestream-rtsp-handshake',
    samples: bodies.map((text) => Buffer.from(text)),
    run: (bytes, random) => {
      const handshaking = new RtspHandshake({
        url: gamestream.parseSessionUrl('rtspenc://192.0.2.1:48010'),
        settings: {
          ...gamestream.DEFAULT_STREAM_SETTINGS,
          bitrateKbps: random.pick([5_000, 50_000]),
          codec: random.pick(CODECS),
          audioChannels: random.pick([2, 6, 8] as const),
          encrypt: random.pick(['all', 'offered', 'demanded'] as const),
        },
        serverInfo: serverInfo as never,
        peerAddress: '192.0.2.1',
        remote: false,
      });
      const damaged = random.below(8);
      for (let step = 0; handshaking.session === null; step++) {
        handshaking.request();
        const answer = gamestream.parseResponse(step === damaged ? bytes : Buffer.from(bodies[step === 1 ? 1 : 2]!));
        if (answer === null) return;
        handshaking.receive(answer);
      }
    },
  };
}

function http(): Target[] {
  const replies = [
    '<?xml version="1.0" encoding="utf-8"?><root status_code="200"><hostname>a</hostname><appversion>7.1.431.-1</appversion><GfeVersion>3</GfeVersion><uniqueid>u</uniqueid><HttpsPort>47984</HttpsPort><ExternalPort>47989</ExternalPort><MaxLumaPixelsHEVC>0</MaxLumaPixelsHEVC><mac>a1:b2:c3:d4:e5:f6</mac><LocalIP>192.0.2.1</LocalIP><ServerCodecModeSupport>257</ServerCodecModeSupport><PairStatus>0</PairStatus><currentgame>0</currentgame><state>SUNSHINE_SERVER_FREE</state></root>',
    '<root status_code="200"><App><IsHdrSupported>0</IsHdrSupported><AppTitle>Desktop &amp; more</AppTitle><ID>1</ID></App><App><AppTitle>b</AppTitle><ID>2</ID></App></root>',
    '<root status_code="200"><sessionUrl0>rtsp://192.0.2.1:48010</sessionUrl0><gamesession>1</gamesession></root>',
  ];
  const read = [
    (text: string) => parseServerInfo(gamestream.parseReply(text).root, { secure: true, httpPort: 47_989 }),
    (text: string) => parseAppList(gamestream.parseReply(text).root),
    (text: string) => parseLaunchReply(gamestream.parseReply(text), 'launch', HOST_NAME),
  ];
  const images = ['89504e470d0a1a0a00', 'ffd8ffe0', '524946460000000057454250'].map((hex) => Buffer.from(hex, 'hex'));
  return [
    { name: 'gamestream-http-image', samples: images, run: (bytes) => void imageType(bytes) },
    textTarget('gamestream-http-xml', replies, (text) => {
      for (const parse of read) attempt(() => parse(text));
    }),
    textTarget(
      'gamestream-http-query',
      [
        '/launch?uniqueid=0&appid=1&mode=1280x720x60&rikey=00112233445566778899aabbccddeeff&rikeyid=-5&surroundAudioInfo=196610&corever=1',
      ],
      (text) => {
        const query = gamestream.parseQuery(text);
        if (query !== null) gamestream.parseLaunchParameters(query.parameters, 'launch');
      },
    ),
  ];
}

async function pairing(): Promise<Target[]> {
  const client = await gamestream.createClientIdentity();
  const host = await gamestream.createHostIdentity('fuzz');
  const random = (bytes: number) => Buffer.alloc(bytes, 3);
  const certificate = Buffer.from(host.certificate).toString('hex');
  const clientCertificate = Buffer.from(client.certificate).toString('hex');
  const replies = [
    `<root status_code="200"><paired>1</paired><plaincert>${certificate}</plaincert></root>`,
    `<root status_code="200"><paired>1</paired><challengeresponse>${'ab'.repeat(48)}</challengeresponse></root>`,
    `<root status_code="200"><paired>1</paired><pairingsecret>${'cd'.repeat(272)}</pairingsecret></root>`,
  ];
  const queries = [
    `/pair?uniqueid=0&devicename=a&updateState=1&phrase=getservercert&salt=${'11'.repeat(16)}&clientcert=${clientCertificate}`,
    `/pair?uniqueid=0&clientchallenge=${'22'.repeat(16)}`,
    `/pair?uniqueid=0&serverchallengeresp=${'33'.repeat(32)}`,
    `/pair?uniqueid=0&clientpairingsecret=${'44'.repeat(272)}`,
  ];
  return [
    {
      name: 'gamestream-pairing-client',
      samples: replies.map((text) => Buffer.from(text)),
      run: (input, chance) => {
        const attemptOf = new gamestream.PairingClient({ identity: client, pin: '1234', random });
        attemptOf.begin();
        for (const reply of replies.slice(0, chance.below(3)))
          attempt(() => attemptOf.receive(gamestream.parseReply(reply)));
        attemptOf.receive(gamestream.parseReply(input));
      },
    },
    {
      name: 'gamestream-pairing-host',
      samples: queries.map((text) => Buffer.from(text)),
      run: (input, chance) => {
        const pairingHost = new gamestream.PairingHost({ identity: host, random });
        const send = (target: string) => {
          const query = gamestream.parseQuery(target);
          if (query !== null) pairingHost.receive(query.parameters);
        };
        for (const query of queries.slice(0, chance.below(4))) send(query);
        pairingHost.enterPin('1234');
        send(input.toString());
      },
    },
  ];
}

/** Continues after an error with a code; any other is a finding. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof gamestream.GameStreamError)) throw error;
  }
}
