import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { PeerConnection, Video } from 'node-datachannel';
import { encodeFrame } from '../ice/tcp-framing.ts';
import { loadNative } from '../native/load.ts';
import { BINDING, encodeStun } from '../stun/message.ts';
import type { Peer, PeerEvents, PeerOptions } from './peer.ts';
import { WebRtcServer } from './server.ts';
import { TcpListener, type TcpListenerOptions } from './tcp-listener.ts';

const HOST = '127.0.0.1';
const skip = 'reason' in loadNative();
const credentials = () => ({ ufrag: randomBytes(4).toString('hex'), password: randomBytes(16).toString('hex') });

type Happening = 'candidate' | 'connected' | 'channel' | 'rtcp' | 'tooLarge' | 'ended' | 'failed';

/** A peer's events in order, and those who wait for one. */
class Side {
  readonly local = credentials();
  readonly log: [Happening, ...unknown[]][] = [];
  readonly #waiting = new Set<() => void>();
  peer: Peer | null = null;
  /** Called in each event. */
  reaction: (name: Happening, ...details: unknown[]) => void = () => {};

  readonly events: PeerEvents = {
    candidate: (line) => this.#happens('candidate', line),
    connected: () => this.#happens('connected'),
    channel: (event) => this.#happens('channel', event),
    admitsData: () => true,
    rtcp: (packet) => this.#happens('rtcp', Buffer.from(packet).toString('hex')),
    tooLarge: () => this.#happens('tooLarge'),
    ended: (end, detail) => this.#happens('ended', end, detail),
    failed: (error) => this.#happens('failed', error),
  };

  /** What happened first of what `matches`. */
  async first(name: Happening, matches: (...details: never[]) => boolean = () => true): Promise<unknown[]> {
    for (;;) {
      const found = this.log.find(([each, ...details]) => each === name && matches(...(details as never[])));
      if (found !== undefined) return found.slice(1);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #happens(name: Happening, ...details: unknown[]): void {
    this.log.push([name, ...details]);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
    this.reaction(name, ...details);
  }
}

async function listen(t: TestContext): Promise<WebRtcServer> {
  const server = await WebRtcServer.create({ port: 0, address: HOST, allows: () => true });
  let isOpen = true;
  const { close } = server;
  t.mock.method(server, 'close', () => {
    if (isOpen) close.call(server);
    isOpen = false;
  });
  t.after(() => server.close());
  return server;
}

type Roles = Pick<PeerOptions, 'ice' | 'dtls'>;
const OFFERED: Roles = { ice: 'controlling', dtls: 'server' };

/** Two servers, each with a peer that is the other's. `a` has these roles. */
async function pair(t: TestContext, { ice, dtls }: Roles = OFFERED) {
  const servers = [await listen(t), await listen(t)] as const;
  const [a, b] = [new Side(), new Side()];
  const sctp = { remotePort: 5000 };
  a.peer = servers[0].connect({
    ice,
    dtls,
    sctp,
    local: a.local,
    remote: { ...b.local, fingerprint: servers[1].fingerprint },
    events: a.events,
  });
  b.peer = servers[1].connect({
    ice: ice === 'controlling' ? 'controlled' : 'controlling',
    dtls: dtls === 'server' ? 'client' : 'server',
    sctp,
    local: b.local,
    remote: { ...a.local, fingerprint: servers[0].fingerprint },
    events: b.events,
  });
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const { candidate } = from.events;
    from.events.candidate = (line) => {
      to.peer!.addCandidate(line);
      candidate(line);
    };
  }
  const start = () => {
    a.peer!.start();
    b.peer!.start();
  };
  return { servers, a, b, start };
}

const opened = (label: string) => (event: { type: string; label?: string }) =>
  event.type === 'opened' && event.label === label;
const message = (data: string) => (event: { type: string; data?: unknown }) =>
  event.type === 'message' && String(event.data) === data;
const RTCP = Buffer.from('80c90001000000aa', 'hex');

/** As `RtpFanout` takes them. */
function rtp(payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x90;
  header.writeUInt32BE(7, 8);
  header.writeUInt32BE(0xbede_0001, 12);
  return Buffer.concat([header, payload]);
}
const HEADER = { payloadType: 96, extensionId: 5, transportNumbersId: 0, keep: true };

describe('two peers of two servers', { skip }, () => {
  for (const ice of ['controlling', 'controlled'] as const)
    for (const dtls of ['client', 'server'] as const)
      it(`connect with one ${ice} and ${dtls}, exchange messages and RTCP, and hear that the other has left`, async (t) => {
        const { a, b, start } = await pair(t, { ice, dtls });
        start();
        await Promise.all([a.first('connected'), b.first('connected')]);
        const channel = a.peer!.createChannel('talk')!;
        assert.ok(a.peer!.sendMessage(channel, 'early'));
        await b.first('channel', message('early'));
        const [their] = (await b.first('channel', opened('talk'))) as [{ channel: number }];
        assert.ok(b.peer!.sendMessage(their.channel, 'back'));
        await a.first('channel', message('back'));
        a.peer!.sendRtcp(RTCP);
        b.peer!.sendRtcp(RTCP);
        for (const side of [a, b]) assert.deepEqual(await side.first('rtcp'), [RTCP.toString('hex')]);
        a.peer!.close();
        assert.equal((await b.first('ended'))[0], 'left');
        for (const { log } of [a, b]) assert.ok(!log.some(([name]) => name === 'failed'));
      });

  it('find no path with a wrong password, and end with a wrong fingerprint', async (t) => {
    const servers = [await listen(t), await listen(t)] as const;
    const [a, b] = [new Side(), new Side()];
    const connectTo = (side: Side, at: number, other: Side, roles: Roles, fingerprint: string) => {
      const remote = { ...other.local, fingerprint };
      side.peer = servers[at]!.connect({ ...roles, sctp: null, local: side.local, remote, events: side.events });
    };
    connectTo(a, 0, b, { ice: 'controlling', dtls: 'server' }, servers[1].fingerprint);
    connectTo(b, 1, a, { ice: 'controlled', dtls: 'client' }, servers[1].fingerprint);
    const { candidate } = a.events;
    a.events.candidate = (line) => {
      b.peer!.addCandidate(line);
      candidate(line);
    };
    b.peer!.start();
    a.peer!.start();
    assert.equal((await b.first('ended'))[0], 'failed');
    assert.equal((await a.first('ended'))[0], 'failed');
    for (const { log } of [a, b]) assert.ok(!log.some(([name]) => name === 'connected'));
  });
});

describe('a handler', { skip }, () => {
  const during: [Happening, (side: Side, other: Side) => void][] = [
    ['candidate', () => {}],
    ['connected', () => {}],
    ['channel', () => {}],
    ['rtcp', (_side, other) => other.peer!.sendRtcp(RTCP)],
    ['tooLarge', (side) => side.peer!.refused({ full: 0, tooLarge: 1, unreachable: 0 })],
  ];
  for (const [name, provoke] of during) {
    it(`that closes the peer on \`${name}\` hears nothing after that, and the other does`, async (t) => {
      const { a, b, start } = await pair(t);
      a.reaction = (each) => {
        if (each === name) a.peer!.close();
      };
      b.reaction = (each) => {
        if (each !== 'connected') return;
        b.peer!.createChannel('one');
        b.peer!.createChannel('two');
      };
      start();
      if (name === 'rtcp' || name === 'tooLarge') await Promise.all([a.first('connected'), b.first('connected')]);
      provoke(a, b);
      await a.first(name);
      if (name !== 'candidate') assert.equal((await b.first('ended'))[0], 'left');
      assert.equal(a.log.at(-1)![0], name);
      assert.equal(a.log.filter(([each]) => each === name).length, 1);
      assert.equal(a.peer!.sendRtp([rtp(Buffer.alloc(9))], { ...HEADER, sequence: 1 }), false);
      assert.equal(a.peer!.createChannel('late'), null);
    });

    it(`that throws on \`${name}\` is told so`, async (t) => {
      const { a, b, start } = await pair(t);
      const fault = new Error('a fault');
      a.reaction = (each) => {
        if (each === name) throw fault;
        if (each === 'failed') a.peer!.close();
      };
      b.reaction = (each) => {
        if (each === 'connected') b.peer!.createChannel('one');
      };
      start();
      if (name === 'rtcp' || name === 'tooLarge') await Promise.all([a.first('connected'), b.first('connected')]);
      provoke(a, b);
      assert.deepEqual(await a.first('failed'), [fault]);
    });
  }

  it('that closes with channels open is not told of each', async (t) => {
    const { a, b, start } = await pair(t);
    start();
    await Promise.all([a.first('connected'), b.first('connected')]);
    a.peer!.createChannel('one');
    await a.first('channel', opened('one'));
    const before = a.log.length;
    a.peer!.close();
    assert.equal(a.log.length, before);
  });
});

describe('a server', { skip }, () => {
  it('that closes with media that wait drops them', async (t) => {
    const { servers, a, b, start } = await pair(t);
    start();
    await Promise.all([a.first('connected'), b.first('connected')]);
    assert.ok(a.peer!.sendRtp([rtp(Buffer.alloc(9))], { ...HEADER, sequence: 1 }));
    servers[0].close();
    assert.equal((await b.first('ended'))[0], 'left');
  });

  it('closes with peers that connect, and those that close in turn', async (t) => {
    const { servers, a, b, start } = await pair(t);
    start();
    servers[0].close();
    servers[1].close();
    a.peer!.close();
    b.peer!.close();
    a.peer!.addCandidate('candidate:1 1 udp 1 127.0.0.1 9 typ host');
    assert.deepEqual(new Set([...a.log, ...b.log].map(([name]) => name)), new Set(['candidate']));
  });

  /** A TCP connection to the peer of `a`, which has been answered. */
  async function introduced(t: TestContext, server: WebRtcServer, side: Side, from = HOST): Promise<Socket> {
    const socket = connect({ port: server.port, host: HOST, localAddress: from });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    const request = encodeStun(
      {
        class: 'request',
        method: BINDING,
        transactionId: randomBytes(12),
        username: `${side.local.ufrag}:other`,
        priority: 1,
        role: { type: 'controlling', tieBreaker: 1n },
      },
      side.local.password,
    );
    socket.write(encodeFrame(request));
    await once(socket, 'data');
    return socket;
  }

  async function alone(t: TestContext): Promise<{ server: WebRtcServer; side: Side }> {
    const server = await listen(t);
    const side = new Side();
    const remote = { ufrag: 'other', password: 'x'.repeat(22), fingerprint: server.fingerprint };
    const { local, events } = side;
    side.peer = server.connect({ ice: 'controlled', dtls: 'server', sctp: null, local, remote, events });
    side.peer.start();
    return { server, side };
  }

  it('ends the TCP connections of a peer that is closed', async (t) => {
    const { server, side } = await alone(t);
    const socket = await introduced(t, server, side);
    const gone = once(socket, 'close');
    socket.resume();
    side.peer!.close();
    await gone;
  });

  it('takes another port, if any will do, when one is not free on TCP', async (t) => {
    const { listen: listenOnTcp } = TcpListener;
    let refusals = 0;
    t.mock.method(TcpListener, 'listen', (options: TcpListenerOptions<never>) =>
      ++refusals <= 2
        ? Promise.reject(Object.assign(new Error('in use'), { code: 'EADDRINUSE' }))
        : listenOnTcp.call(TcpListener, options),
    );
    const { port, tcpError } = await listen(t);
    assert.equal(tcpError, null);
    const socket = connect({ port, host: HOST });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
  });

  it('has room on TCP for browsers while strangers hold all the places they can get', async (t) => {
    const { server, side } = await alone(t);
    const strangers = Array.from({ length: 600 }, (_, index) => {
      const localAddress = `127.0.1.${1 + (index % 20)}`;
      const socket = connect({ port: server.port, host: HOST, localAddress });
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      return once(socket, 'connect').catch(() => null);
    });
    await Promise.all(strangers);
    await introduced(t, server, side);
  });
});

describe('a peer and node-datachannel', { skip }, () => {
  it('connect, and it gets messages and RTP', async (t) => {
    const server = await listen(t);
    const native = new PeerConnection('browser', { iceServers: [], bindAddress: HOST, forceMediaTransport: true });
    t.after(() => native.close());
    // Without this handler the library holds the others, and they the process, for ever.
    native.onStateChange(() => {});
    const video = new Video('0', 'RecvOnly');
    video.addVP8Codec(96);
    const track = native.addTrack(video);
    const { promise: received, resolve } = Promise.withResolvers<Buffer>();
    track.onMessage(resolve);
    track.onClosed(() => {});
    const { promise: described, resolve: describe } = Promise.withResolvers<string>();
    native.onLocalDescription((sdp) => describe(sdp));
    const side = new Side();
    native.onLocalCandidate((line) => side.peer?.addCandidate(line));
    const channel = native.createDataChannel('talk');
    channel.onClosed(() => {});
    const { promise: answered, resolve: answer } = Promise.withResolvers<unknown>();
    channel.onMessage(answer);
    native.setLocalDescription();
    const sdp = await described;
    const attribute = (name: string) => new RegExp(`^a=${name}:(.*?)\\r?$`, 'm').exec(sdp)![1]!;
    side.peer = server.connect({
      ice: 'controlled',
      dtls: 'server',
      sctp: { remotePort: 5000 },
      local: side.local,
      remote: {
        ufrag: attribute('ice-ufrag'),
        password: attribute('ice-pwd'),
        fingerprint: attribute('fingerprint'),
      },
      events: side.events,
    });
    const transport = [
      'c=IN IP4 0.0.0.0',
      `a=ice-ufrag:${side.local.ufrag}`,
      `a=ice-pwd:${side.local.password}`,
      `a=fingerprint:${server.fingerprint}`,
      'a=setup:passive',
    ];
    const media = ['a=sendonly', 'a=rtcp-mux', 'a=rtpmap:96 VP8/90000'];
    const sections = sdp.match(/^m=.*\r\na=mid:.*|^m=.*|^a=mid:.*/gm)!;
    const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0'];
    let isVideo = false;
    for (const line of sections) {
      lines.push(line.trim());
      if (line.startsWith('m=')) {
        isVideo = line.startsWith('m=video');
        lines.push(...transport, ...(isVideo ? media : ['a=sctp-port:5000', 'a=max-message-size:65536']));
      }
    }
    native.setRemoteDescription(`${lines.join('\r\n')}\r\n`, 'answer');
    const { candidate } = side.events;
    side.events.candidate = (line) => {
      candidate(line);
      native.addRemoteCandidate(line, '0');
    };
    side.peer.start();
    for (const line of sdp.match(/^a=candidate.*$/gm) ?? []) side.peer.addCandidate(line.trim().slice(2));
    await side.first('connected');
    const [{ channel: number }] = (await side.first('channel', opened('talk'))) as [{ channel: number }];
    channel.sendMessage('there');
    await side.first('channel', message('there'));
    side.peer.sendMessage(number, 'back');
    assert.equal(await answered, 'back');
    const payload = Buffer.from('a picture');
    side.peer.sendRtp([rtp(payload)], { ...HEADER, sequence: 0xffff });
    const packet = await received;
    assert.equal(packet.readUInt16BE(2), 0xffff);
    assert.ok(packet.includes(payload));
    native.close();
    await side.first('ended');
  });
});
