import { askForStereo } from '../../packages/client/negotiation/audio-sdp.ts';
import {
  closeFrame,
  creditFrame,
  dataHeader,
  MoonshareError,
  MultiplexDecoder,
} from '../../packages/contract/index.ts';
import { openSecret } from '../../packages/server/accounts/secret.ts';
import { addressKey, addressRange, plainAddress } from '../../packages/server/auth/address.ts';
import { parseIceUrl } from '../../packages/server/cli/doctor/stun/client.ts';
import { singleLine } from '../../packages/server/cli/terminal-text.ts';
import { resolveSettings } from '../../packages/server/config/load.ts';
import { SETTINGS } from '../../packages/server/config/settings.ts';
import { parseSettingsFile } from '../../packages/server/config/settings-file.ts';
import { Proxies } from '../../packages/server/http/proxies.ts';
import { flagQuery, u32Query } from '../../packages/server/http/routes/query.ts';
import { type Target, textTarget } from './target.ts';

/** Texts that reach the server: proxy addresses, secrets, queries, settings, and an SDP that a page modifies. */
export function serverTargets(): Target[] {
  return [addresses(), secrets(), queries(), settingsFile(), settingsVariables(), stereo(), multiplexed()];
}

function addresses(): Target {
  const samples = [
    '203.0.113.9, [2001:db8::1]:443, 10.0.0.1:4711',
    '::ffff:192.0.2.1',
    'fd00::/8',
    '1:2:3::192.0.2.1%eth0',
  ];
  const proxies = new Proxies(['10.0.0.0/8', 'fd00::/8'], 'x-user');
  return textTarget('server-addresses', samples, (text) => {
    const request = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': text, 'x-user': text } };
    const from = proxies.clientAddress(request as never);
    if (plainAddress(from) === null) throw new Error(`${from} is not an address`);
    proxies.user(request as never);
    for (const one of [text, from])
      if (addressKey(one).length > 64) throw new Error('an address key of unbounded length');
    addressRange(text);
    parseIceUrl(text);
    if (/\p{Cc}/u.test(singleLine(text))) throw new Error('not singleLine');
  });
}

function secrets(): Target {
  const samples = [`msl_1_${'A'.repeat(43)}`, `mst_999999999999999_${'-_'.repeat(21)}A`];
  const record = { digest: new Uint8Array(32), expiresAt: Number.POSITIVE_INFINITY };
  return textTarget('server-secrets', samples, (text) => {
    for (const kind of ['msl', 'mst', 'mss'] as const) {
      if (openSecret(kind, text, () => record, 0) !== null) throw new Error('opened');
    }
  });
}

function queries(): Target {
  return textTarget('server-queries', ['4294967295', 'true', '0'], (text) => {
    const id = u32Query.safeParse(text).data;
    if (id !== undefined && id !== id >>> 0) throw new Error(`${id} is not a u32`);
    flagQuery.parse(text);
  });
}

function settingsFile(): Target {
  const samples = [
    '{"port": 8080, "hosts": ["box", "[fd00::1]:47989"], "udpPorts": "21000-21199"} // mine',
    '{"iceServers": [{"urls": ["turn:a:3478"], "username": "u", "credential": "c"}], "trustedProxies": "10.0.0.0/8"}',
    '{"publicUrl": "https://moon.example/play", "keepStreamers": true, "turnUrls": "turn:a", "turnSecret": "s"}',
  ];
  return textTarget('server-settings-file', samples, (text) => {
    resolveSettings({ environment: {}, file: parseSettingsFile('f', text) });
  });
}

/** The same text for every setting. */
function settingsVariables(): Target {
  const samples = [
    '1',
    'box:47989,[fd00::1]:1',
    '21000-21199',
    'https://a.example/b',
    '10.0.0.0/8',
    '[{"urls":["stun:a"]}]',
    'on',
  ];
  const variables = Object.values(SETTINGS).map(({ env }) => env[0]);
  return textTarget('server-settings', samples, (text) => {
    for (const variable of variables) {
      try {
        resolveSettings({ environment: { [variable]: text } });
      } catch (error) {
        if (!(error instanceof MoonshareError) || error.code !== 'CONFIG_INVALID') throw error;
      }
    }
  });
}

function stereo(): Target {
  const sample =
    'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n';
  return textTarget('client-stereo', [sample], (text) => void askForStereo(text));
}

/** What a streamer process sends for media sockets over TLS: refused, or the same frames however it comes. */
function multiplexed(): Target {
  const data = Buffer.from('a picture');
  const frames = [dataHeader([1, 2, 3], data.length), data, creditFrame(7, 4096), closeFrame(7)];
  return {
    name: 'server-multiplexed',
    samples: [Buffer.concat(frames), Buffer.concat([...frames, ...frames, ...frames])],
    run: (input, random) => {
      const whole = decoded([input]);
      const pieces: Buffer[] = [];
      for (let at = 0; at < input.length; at += pieces.at(-1)!.length)
        pieces.push(input.subarray(at, at + 1 + random.below(40)));
      const cut = decoded(pieces);
      if (whole !== cut) throw new Error(`${cut} instead of ${whole}`);
    },
  };
}

/** As text, up to what is refused. */
function decoded(pieces: readonly Buffer[]): string {
  const decoder = new MultiplexDecoder();
  let text = '';
  try {
    for (const piece of pieces) for (const frame of decoder.decode(piece)) text += JSON.stringify(frame);
  } catch (error) {
    if (!/^Invariant broken: a frame/.test(String((error as Error).message))) throw error;
    text += 'refused';
  }
  return text;
}
