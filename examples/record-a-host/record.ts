// Pairs with a host, streams its desktop and writes ten seconds of the picture to a file: node record.ts 192.168.1.50 desktop.h264
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createClientIdentity,
  createSessionKeys,
  DEFAULT_STREAM_SETTINGS,
  GameStream,
  HostClient,
  pair,
} from '@moonshare/gamestream';

const [host = '127.0.0.1', file = 'desktop.h264'] = process.argv.slice(2);
const seconds = Number(process.env.SECONDS ?? 10);
const { hostname: address, port } = new URL(`http://${host}`);
const httpPort = Number(port || 47_989);

// Pairing is once for ever: keep who we are, and the certificate of the host.
const PAIRING = process.env.PAIRING ?? 'pairing.json';
if (!existsSync(PAIRING)) {
  const identity = await createClientIdentity();
  const pin = process.env.PIN ?? String(Math.floor(Math.random() * 10_000)).padStart(4, '0');
  console.log(`Enter the PIN ${pin} at the host`);
  const { hostCertificate } = await pair({ address, httpPort, identity, pin });
  writeFileSync(PAIRING, JSON.stringify({ identity, hostCertificate }), { mode: 0o600 });
}
const client = new HostClient({ address, httpPort, ...JSON.parse(readFileSync(PAIRING, 'utf8')) });

const serverInfo = await client.serverInfo();
const apps = await client.appList();
const app = apps.find(({ title }) => title === 'Desktop') ?? apps[0];
if (app === undefined) throw new Error('The host has no apps');
console.log(`${serverInfo.hostname} streams ${app.title}`);

const keys = createSessionKeys();
const settings = DEFAULT_STREAM_SETTINGS;
const request = { appId: app.id, settings, keys, gamepadMask: 0 };
// An app that runs already, perhaps with somebody's work in it, is resumed, and goes on afterwards.
const isIdle = serverInfo.currentGame === 0;
const { sessionUrl } = await (isIdle ? client.launch(request) : client.resume(request));

const stream = new GameStream({ address, sessionUrl, keys, settings, serverInfo });
const output = createWriteStream(file);
let frames = 0;
stream.on('video', ({ data }) => {
  frames += 1;
  output.write(data);
});
stream.on('keyFrameNeeded', () => stream.requestIdr());
stream.on('ended', (reason) => console.log(`The stream ended: ${reason.type}`));
await stream.open({ limitMs: 30_000 });
await sleep(seconds * 1000);
await stream.close();
if (isIdle) await client.cancel();
output.end();
await finished(output);
console.log(`${frames} pictures are in ${file}`);
