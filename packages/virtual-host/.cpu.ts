import { readFileSync } from 'node:fs';
import { createClientIdentity, createSessionKeys, GameStream, HostClient, pair } from '@moonshare/gamestream';
import { findFreeBasePort, forkVirtualHost } from './index.ts';

const host = await forkVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: '1234' });
const identity = await createClientIdentity();
const { hostCertificate } = await pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin: '1234' });
const client = new HostClient({ address: '127.0.0.1', httpPort: host.httpPort, identity, hostCertificate });
const info = await client.serverInfo();
const codec = (process.argv[2] ?? 'h264') as 'h264';
const [w, h] = (process.argv[3] ?? '1280x720').split('x').map(Number);
const settings = {
  width: w!,
  height: h!,
  fps: 60,
  bitrateKbps: 20000,
  packetSize: 1392,
  codec,
  tenBit: false,
  yuv444: false,
  colorSpace: 'rec709',
  fullRange: false,
  audioChannels: 2,
  audioPacketMs: 5,
  playAudioOnHost: false,
  encryptVideo: false,
  encryptAudio: false,
} as const;
const keys = createSessionKeys();
const { sessionUrl } = await client.launch({ appId: 881448767, settings, keys, gamepadMask: 0 });
const stream = new GameStream({ address: '127.0.0.1', sessionUrl, keys, settings, serverInfo: info });
let n = 0,
  bytes = 0;
stream.on('video', (u) => {
  n++;
  bytes += u.data.length;
});
await stream.open();
const cpu = () => {
  const f = readFileSync(`/proc/${host.process.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(f[11]) + Number(f[12])) / 100;
};
await new Promise((r) => setTimeout(r, 1000));
const c0 = cpu(),
  t0 = performance.now(),
  n0 = n,
  b0 = bytes;
await new Promise((r) => setTimeout(r, 8000));
const s = (performance.now() - t0) / 1000;
console.log(
  codec,
  `${w}x${h}`,
  'cpu share',
  ((cpu() - c0) / s).toFixed(3),
  'fps',
  ((n - n0) / s).toFixed(1),
  'kbps',
  (((bytes - b0) * 8) / s / 1000).toFixed(0),
  'load',
  readFileSync('/proc/loadavg', 'utf8').trim(),
);
const st = await fetch(`http://127.0.0.1:${host.adminPort}/state`).then((r) => r.json());
console.log(
  'skipped',
  st.sessions[0].framesSkipped,
  'of',
  st.sessions[0].framesSent,
  'rss',
  readFileSync(`/proc/${host.process.pid}/status`, 'utf8').match(/VmRSS.*/)![0],
);
await stream.close();
await host.close();
