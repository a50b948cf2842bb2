import { createClientIdentity, createSessionKeys, GameStream, HostClient, pair } from '@moonshare/gamestream';
import { findFreeBasePort, startVirtualHost } from './index.ts';
import { VideoDecoder } from './testing/video-decoder.ts';

const basePort = await findFreeBasePort();
const host = await startVirtualHost({ basePort, bind: '127.0.0.1', pin: '1234' });
const identity = await createClientIdentity();
console.time('pair');
const { hostCertificate } = await pair({ address: '127.0.0.1', httpPort: host.httpPort, identity, pin: '1234' });
console.timeEnd('pair');
const client = new HostClient({ address: '127.0.0.1', httpPort: host.httpPort, identity, hostCertificate });
const info = await client.serverInfo();
console.log(info, await client.appList());
const codec = (process.argv[2] ?? 'h264') as 'h264';
const settings = {
  width: 1280,
  height: 720,
  fps: 60,
  bitrateKbps: 8000,
  packetSize: 1392,
  codec,
  tenBit: false,
  yuv444: false,
  colorSpace: 'rec709',
  fullRange: false,
  audioChannels: 2,
  audioPacketMs: 5,
  playAudioOnHost: false,
  encryptVideo: process.argv[3] === 'enc',
  encryptAudio: process.argv[3] === 'enc',
} as const;
const keys = createSessionKeys();
const { sessionUrl } = await client.launch({ appId: 881448767, settings, keys, gamepadMask: 0 });
console.log(sessionUrl);
const stream = new GameStream({ address: '127.0.0.1', sessionUrl, keys, settings, serverInfo: info });
const dec = await VideoDecoder.open(codec);
let n = 0,
  bytes = 0,
  audio = 0;
const sizes = new Set<number>();
const idx: number[] = [],
  keysAt: number[] = [];
const nums: (number | null)[] = [];
let q = Promise.resolve();
stream.on('stage', (s, w) => console.log('stage', s, w));
stream.on('video', (u) => {
  n++;
  bytes += u.data.length;
  idx.push(u.frameIndex);
  if (u.keyFrame) keysAt.push(u.frameIndex);
  q = q.then(async () => {
    for (const p of await dec.decode(u.data)) nums.push(p.frameNumber);
  });
});
stream.on('audio', (a) => {
  audio++;
  sizes.add(a.data.length);
});
stream.on('feedback', (m) => console.log('feedback', m.type, JSON.stringify(m)));
stream.on('ended', (r) => console.log('ended', r));
stream.on('videoLost', (f) => console.log('lost', f));
stream.on('keyFrameNeeded', () => stream.requestIdr());
const t0 = performance.now();
await stream.open();
console.log('open after', performance.now() - t0);
stream.send({ kind: 'keyDown', keyCode: 0x41, modifiers: 0, flags: 0 });
stream.send({ kind: 'controllerArrival', number: 0, type: 2, capabilities: 0xff, supportedButtons: 0xffff });
stream.send({
  kind: 'controllerState',
  number: 0,
  activeMask: 1,
  buttons: 0x1000,
  leftTrigger: 0,
  rightTrigger: 0,
  leftX: 0,
  leftY: 0,
  rightX: 0,
  rightY: 0,
});
await new Promise((r) => setTimeout(r, 1500));
stream.requestIdr();
await new Promise((r) => setTimeout(r, 1500));
await q;
console.log({
  n,
  bytes,
  audio,
  sizes,
  keysAt,
  contiguous: idx.every((v, i) => i === 0 || v === idx[i - 1]! + 1),
  first: idx[0],
  same: nums.every((v, i) => v === idx[i]),
  nums: nums.length,
});
const get = (p: string) => fetch(`http://127.0.0.1:${host.adminPort}${p}`).then((r) => r.json());
console.log(JSON.stringify(await get('/state'), null, 1));
console.log(JSON.stringify(await get('/input')));
await fetch(`http://127.0.0.1:${host.adminPort}/end-app`, { method: 'POST' });
console.log(stream.stats());
await stream.close();
console.log(await get('/state'));
await host.close();
dec.close();
