// `node packages/webrtc/fanout/rtp-fanout.bench.ts [SECONDS]`: CPU seconds of this process per Gbit, for 8 and 32 viewers of a stream of
// 10 Mbit/s at 60 pictures a second on loopback. The receivers are a process of their own; what they take on the kernel's
// side of a send is in the figure, with UDP_GRO (less) and without.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { UdpSocket } from '../socket/udp-socket.ts';
import { SrtpSession } from '../srtp/session.ts';
import { RtpFanout } from './rtp-fanout.ts';

const FPS = 60;
const PACKETS = 18;
const PACKET_BYTES = 1157;

if (process.argv[2] === 'receive') await receive(Number(process.argv[3]), process.argv[4] === 'gro');
else await measureAll(Number(process.argv[2] ?? 5));

async function receive(count: number, gro: boolean): Promise<void> {
  const ports: number[] = [];
  for (let at = 0; at < count; at += 1) {
    if (gro) {
      ports.push(UdpSocket.bind({ address: '127.0.0.1', port: 0, receive() {} }).port);
      continue;
    }
    const socket = createSocket('udp4').on('message', () => {});
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    ports.push(socket.address().port);
  }
  process.on('disconnect', () => process.exit());
  process.send!(ports);
}

async function measureAll(seconds: number): Promise<void> {
  for (const kind of ['gro', 'plain'])
    for (const viewers of [8, 32]) process.stdout.write(`${await measure(viewers, kind, seconds)}\n`);
}

async function measure(count: number, kind: string, seconds: number): Promise<string> {
  const receivers = fork(import.meta.filename, ['receive', String(count), kind]);
  const [ports] = (await once(receivers, 'message')) as [number[]];
  const socket = UdpSocket.bind({ address: '127.0.0.1', port: 0, receive() {} });
  const fanout = new RtpFanout(socket, () => {});
  const viewers = ports.map((port) => ({
    handle: fanout.add(new SrtpSession('AEAD_AES_128_GCM', randomBytes(28), randomBytes(28)), {
      remote: { address: '127.0.0.1', port },
    }),
    payloadType: 96,
    ssrc: 1,
    sequence: 0,
    extensionId: 1,
    twccExtensionId: 0,
    twcc: 0,
  }));
  const packets = Array.from({ length: PACKETS }, () => {
    const packet = randomBytes(PACKET_BYTES);
    packet[0] = 0x90;
    packet.writeUInt32BE(0xbede_0001, 12);
    return packet;
  });
  const before = process.cpuUsage();
  let onThread = 0;
  const begin = performance.now();
  for (let frame = 0; frame < seconds * FPS; frame += 1) {
    const at = performance.now();
    fanout.send(packets, viewers, { keep: true });
    onThread += performance.now() - at;
    for (const viewer of viewers) viewer.sequence = (viewer.sequence + PACKETS) % 2 ** 16;
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, begin + ((frame + 1) * 1000) / FPS - performance.now())),
    );
  }
  const { user, system } = process.cpuUsage(before);
  const { bytes, segmented, packets: sent } = fanout.stats();
  fanout.close();
  socket.close();
  receivers.disconnect();
  const perGbit = (user + system) / 1e6 / ((bytes * 8) / 1e9);
  const call = (onThread * 1000) / (seconds * FPS);
  const share = ((100 * segmented) / sent).toFixed(0);
  return `${count} viewers, ${kind}: ${perGbit.toFixed(3)} CPU s/Gbit, ${call.toFixed(0)} us per call, ${share} % segmented`;
}
