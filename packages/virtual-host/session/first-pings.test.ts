import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Media, MediaSockets } from '@moonshare/gamestream';
import { findFreeBasePort, portsOf } from '../ports.ts';
import { FirstPings } from './first-pings.ts';
import { DropControl, HostMediaSocket, type MediaTarget } from './host-media-socket.ts';

const STARTS = 500;
const AT_A_TIME = 50;
const ADDRESS = '127.0.0.1';

/** The media of one session on a host that waits for both first pings with a single record. */
class Waiting {
  readonly #pings: FirstPings;
  readonly #from: Partial<Record<Media, MediaTarget>> = {};
  readonly #done = Promise.withResolvers<void>();
  readonly #found: Partial<Record<Media, MediaTarget>> = {};

  constructor(sockets: Record<Media, HostMediaSocket>) {
    this.#pings = new FirstPings((media, _match, target) => {
      this.#found[media] = target;
      sockets[media].send([Buffer.from(media)], target, { sent: 0, dropped: 0 });
      if (this.#found.video !== undefined && this.#found.audio !== undefined) this.#done.resolve();
    });
  }

  receive(media: Media, from: MediaTarget): void {
    this.#from[media] ??= { address: from.address, port: from.port };
    if (this.#found[media] === undefined) this.#pings.receive(media, 'echoed', from);
  }

  /** The streams that were sent to the wrong port, once both targets are known. */
  async strayed(): Promise<Media[]> {
    await this.#done.promise;
    return (['video', 'audio'] as const).filter((media) => this.#found[media]?.port !== this.#from[media]?.port);
  }
}

/** By payload, from ANNOUNCE on. */
const sessions = new Map<string, Waiting>();
let sockets: Record<Media, HostMediaSocket>;
let ports: Record<Media, number>;

before(async () => {
  ports = portsOf(await findFreeBasePort());
  const listen = (media: Media) => {
    const onDatagram = (datagram: Buffer, from: MediaTarget) =>
      sessions.get(datagram.toString('latin1', 0, 16))?.receive(media, from);
    return HostMediaSocket.open({ bind: ADDRESS, port: ports[media], drop: new DropControl(), onDatagram });
  };
  sockets = { video: await listen('video'), audio: await listen('audio') };
});

after(() => Promise.all([sockets.video.close(), sockets.audio.close()]));

/** Sets up both streams as RTSP does, and waits until the host knows where they go. */
async function start(number: number): Promise<Media[]> {
  const pingPayload = number.toString(16).toUpperCase().padStart(16, '0');
  const media = new MediaSockets();
  const open = (stream: Media) =>
    media.open(stream, { address: ADDRESS, port: ports[stream], pingPayload, localPort: 0 });
  await Promise.all([open('audio'), open('video')]);
  const session = new Waiting(sockets);
  sessions.set(pingPayload, session);
  media.announced();
  const strayed = await session.strayed();
  await media.close();
  return strayed;
}

test(`${STARTS} starts on a host with one record for both first pings lose no stream`, async () => {
  const strayed: Media[] = [];
  for (let number = 0; number < STARTS; number += AT_A_TIME) {
    const some = await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => start(number + n)));
    strayed.push(...some.flat());
  }
  assert.deepEqual(strayed, []);
});
