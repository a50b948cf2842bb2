import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, it, type TestContext } from 'node:test';
import { type CoreOutput, WakeTimer } from '@moonshare/sans-io';
import { PeerConnection } from 'node-datachannel';
import type { Candidate, Connection } from 'werift-ice';
import { IceAgent } from './agent.ts';
import { candidateLines, hostCandidates } from './candidate.ts';
import type { Role } from './pair.ts';
import type { IceEvent } from './path.ts';
import { IceRouter } from './router.ts';

// Other agents, at real sockets, in either role.

const ADDRESS = '127.0.0.1';
const LOCAL = { ufrag: 'moon', password: '0123456789abcdefghijkl' };

/** An agent of ours with a socket, until the end of the test. */
class SocketAgent {
  readonly agent: IceAgent;
  readonly lines: string[];
  readonly selected = Promise.withResolvers<void>();
  readonly data = Promise.withResolvers<Buffer>();
  readonly #socket: Socket;
  readonly #timer: WakeTimer<IceEvent>;
  readonly #router = new IceRouter<IceAgent>();

  private constructor(socket: Socket, role: Role) {
    this.#socket = socket;
    const local = { address: ADDRESS, port: socket.address().port };
    const localCandidates = hostCandidates({ addresses: [ADDRESS], port: local.port });
    this.lines = candidateLines(localCandidates);
    // The tie-breaker comes first: ours is the least but 0, which libjuice does not take.
    let isFirst = true;
    const random = (bytes: number) => {
      const isTieBreaker = isFirst && bytes === 8;
      if (isTieBreaker) isFirst = false;
      return isTieBreaker ? Buffer.alloc(bytes).fill(1, bytes - 1) : randomBytes(bytes);
    };
    this.agent = new IceAgent({ local: LOCAL, localCandidates, role, allows: () => true, random });
    this.#router.add(this.agent);
    this.#timer = new WakeTimer(
      (now) => this.agent.advance(now),
      (event) => this.#handle(event),
    );
    socket.on('message', (datagram, { address, port }) => {
      const path = { protocol: 'udp', local, remote: { address, port } } as const;
      if (this.#router.route(datagram, path) === null) return;
      if (datagram[0]! > 3) this.data.resolve(datagram);
      else this.take((now) => this.agent.receive(datagram, path, now));
    });
  }

  static async open(t: TestContext, role: Role): Promise<SocketAgent> {
    const socket = createSocket('udp4').bind(0, ADDRESS);
    await once(socket, 'listening');
    const agent = new SocketAgent(socket, role);
    t.after(() => {
      agent.#timer.stop();
      socket.close();
    });
    return agent;
  }

  take(call: (now: number) => CoreOutput<IceEvent>): void {
    this.#timer.take(call(performance.now()));
  }

  #handle(event: IceEvent): void {
    if (event.type === 'send') this.#socket.send(event.datagram, event.path.remote.port, event.path.remote.address);
    else if (event.type === 'validated') this.#router.validated(this.agent, event.path);
    else if (event.type === 'selected') this.selected.resolve();
    else this.selected.reject(new Error(event.type));
  }
}

describe('werift-ice', () => {
  const { Connection: WeriftConnection, Candidate: WeriftCandidate } = createRequire(import.meta.url)('werift-ice') as {
    Connection: typeof Connection;
    Candidate: typeof Candidate;
  };
  for (const role of ['controlled', 'controlling'] as const) {
    it(`connects to us, ${role}`, async (t) => {
      const ours = await SocketAgent.open(t, role);
      const options = { useIpv4: true, useIpv6: false, additionalHostAddresses: [ADDRESS] };
      const theirs = new WeriftConnection(role === 'controlled', options);
      t.after(() => theirs.close());
      await theirs.gatherCandidates();
      theirs.setRemoteParams({ iceLite: false, usernameFragment: LOCAL.ufrag, password: LOCAL.password });
      for (const line of ours.lines)
        await theirs.addRemoteCandidate(WeriftCandidate.fromSdp(line.replace('candidate:', '')));
      await theirs.addRemoteCandidate(undefined);
      const remote = { ufrag: theirs.localUsername, password: theirs.localPassword };
      ours.take((now) => ours.agent.setRemote(remote, now));
      for (const candidate of theirs.localCandidates)
        ours.take((now) => ours.agent.addRemoteCandidate(`candidate:${candidate.toSdp()}`, now));
      await Promise.all([theirs.connect(), ours.selected.promise]);
      await theirs.send(Buffer.alloc(20, 22));
      assert.deepEqual(await ours.data.promise, Buffer.alloc(20, 22));
    });
  }
});

/** As much of an offer as the library needs to answer. */
function offer(lines: readonly string[]): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    `a=ice-ufrag:${LOCAL.ufrag}`,
    `a=ice-pwd:${LOCAL.password}`,
    `a=fingerprint:sha-256 ${Array(32).fill('00').join(':')}`,
    'a=setup:passive',
    'a=sctp-port:5000',
    ...lines.map((line) => `a=${line}`),
    '',
  ].join('\r\n');
}

describe('libjuice, in node-datachannel', () => {
  // It answers, and so begins as the controlled one. A channel of its own would hold the process.
  for (const [role, name] of [
    ['controlling', 'connects to us'],
    ['controlled', 'takes control if we do not, which settles a conflict'],
  ] as const) {
    it(`${name}, and begins DTLS`, async (t) => {
      const ours = await SocketAgent.open(t, role);
      const theirs = new PeerConnection('peer', { iceServers: [], bindAddress: ADDRESS, disableAutoNegotiation: true });
      t.after(() => theirs.close());
      const connected = Promise.withResolvers<void>();
      // Without this handler the library holds the others, and they the process, for ever.
      theirs.onStateChange(() => {});
      theirs.onIceStateChange((state: string) => {
        if (state === 'connected' || state === 'completed') connected.resolve();
      });
      const described = Promise.withResolvers<string>();
      theirs.onLocalDescription((sdp: string) => described.resolve(sdp));
      theirs.onLocalCandidate((line: string) => ours.take((now) => ours.agent.addRemoteCandidate(line, now)));
      theirs.setRemoteDescription(offer(ours.lines), 'offer');
      theirs.setLocalDescription('answer');
      const sdp = await described.promise;
      const value = (attribute: string) => new RegExp(`a=${attribute}:(\\S+)`).exec(sdp)![1]!;
      const remote = { ufrag: value('ice-ufrag'), password: value('ice-pwd') };
      ours.take((now) => ours.agent.setRemote(remote, now));
      await Promise.all([connected.promise, ours.selected.promise]);
      assert.equal(ours.agent.role, role);
      const hello = await ours.data.promise;
      assert.equal(hello[0], 22, 'a handshake record');
    });
  }
});
