import type { CoreOutput } from '../../packages/sans-io/index.ts';
import { hostCandidates, parseCandidate } from '../../packages/webrtc/ice/candidate.ts';
import { ReflexiveGatherer } from '../../packages/webrtc/ice/reflexive-gatherer.ts';
import { encodeFrame } from '../../packages/webrtc/ice/tcp-framing.ts';
import { IceAgent, type IceEvent, IceRouter, IceTcpConnection, type Path } from '../../packages/webrtc/index.ts';
import { BINDING, decodeStun, encodeStun, type StunMessage } from '../../packages/webrtc/stun/message.ts';
import type { Random } from './random.ts';
import { type Target, textTarget } from './target.ts';

const LOCAL = { ufrag: 'ours', password: 'our password' };
const REMOTE = { ufrag: 'theirs', password: 'their password' };
const ADDRESS = '198.51.100.1';
const CANDIDATES = [
  'candidate:1 1 udp 2113937151 203.0.113.9 5000 typ host generation 0 ufrag theirs network-cost 999',
  'candidate:2 1 udp 1677729535 2001:db8::9 5000 typ srflx raddr :: rport 0',
  'candidate:3 1 udp 2113937151 c0ffee.local 5000 typ host',
  'candidate:4 1 tcp 1518280447 203.0.113.9 9 typ host tcptype active',
];
const REQUEST: StunMessage = {
  class: 'request',
  method: BINDING,
  transactionId: Buffer.alloc(12, 7),
  username: 'ours:theirs',
  priority: 1_853_824_767,
  role: { type: 'controlling', tieBreaker: 5n },
  useCandidate: true,
};
const SUCCESS: StunMessage = {
  class: 'success',
  method: BINDING,
  transactionId: Buffer.alloc(12, 7),
  mappedAddress: { address: '2001:db8::9', port: 5000 },
};
const MESSAGES = [
  encodeStun(REQUEST, LOCAL.password),
  encodeStun(SUCCESS, REMOTE.password),
  encodeStun({ ...SUCCESS, class: 'error', errorCode: 487, unknownAttributes: [1, 2] }, REMOTE.password),
];

/** What peers and strangers send to the port that all share. */
export function iceTargets(): Target[] {
  return [
    { name: 'webrtc-stun', samples: MESSAGES, run: readsAsWritten },
    textTarget('webrtc-ice-candidate', CANDIDATES, (line) => {
      const candidate = parseCandidate(line);
      if (candidate !== null && !(candidate.port >= 1 && candidate.port <= 65_535))
        throw new Error(`${candidate.port}`);
    }),
    agent(),
    tcpConnection(),
    gatherer(),
  ];
}

function readsAsWritten(bytes: Buffer): void {
  const message = decodeStun(bytes);
  if (message === null) return;
  message.isBy(LOCAL.password);
  const { isBy, notUnderstood, ...fields } = message;
  // A text that is not UTF-8 is read as something else, once.
  const again = decodeStun(encodeStun(fields, 'key'));
  if (again === null || again.username !== fields.username || again.priority !== fields.priority || !again.isBy('key'))
    throw new Error(`${JSON.stringify(fields)} is not what was written`);
}

/** Each four bytes are something that happens to an agent; among it what it hears from a peer that has the password. */
function agent(): Target {
  return {
    name: 'webrtc-ice-agent',
    samples: [
      '00000000 01010000 02010302 03000100 07000000 02020302 03000101 05010000 00000000 02030303 03000102 07000000'.repeat(
        3,
      ),
      '02010302 02020302 00000000 03000100 03000101 04000000 02010002 03000102 04000002 07000000 07000000 07000000',
      '00000000 01010000 01020001 01030002 03000000 03000101 03000202 03000103 07000000 07000000 03000104 03000105',
    ].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex')),
    run: (bytes, random) => {
      const world = new AgentWorld(random);
      for (let at = 0; at + 4 <= bytes.length; at += 4) world.happen(bytes.subarray(at, at + 4));
    },
  };
}

class AgentWorld {
  #now = 0;
  readonly #random: Random;
  readonly #agent: IceAgent;
  readonly #router = new IceRouter<IceAgent>();
  /** Requests of its own, with where they went. */
  readonly #asked: { datagram: Uint8Array; path: Path }[] = [];
  readonly #reachable = new Set<string>();
  #restarts = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#agent = new IceAgent({
      local: LOCAL,
      localCandidates: hostCandidates({ addresses: [ADDRESS, '2001:db8::1'], port: 5000, tcp: true }),
      role: random.pick(['controlled', 'controlling']),
      allows: (address) => address !== '203.0.113.13',
      random: (count) => random.bytes(count),
    });
    this.#router.add(this.#agent);
  }

  /** What the agent does about it. */
  happen([what, a, b, c]: Uint8Array): void {
    this.#take(this.#step([what!, a!, b!, c!]));
  }

  #step([what, a, b, c]: [number, number, number, number]): CoreOutput<IceEvent> {
    this.#now += this.#random.pick([0, 1, 60, 700, 9_000]);
    const now = this.#now;
    const address = `203.0.113.${a % 16}`;
    const path: Path =
      b % 4 === 0
        ? { protocol: 'tcp', local: { address: ADDRESS, port: 5000 }, remote: { address, port: 9 }, connection: c % 8 }
        : { protocol: 'udp', local: { address: ADDRESS, port: 5000 }, remote: { address, port: 1 + c } };
    switch (what % 8) {
      case 0:
        return this.#agent.setRemote(REMOTE, now);
      case 1:
        if (address !== '203.0.113.13') this.#reachable.add(address);
        return this.#agent.addRemoteCandidate(`candidate:1 1 udp ${b} ${address} ${1 + c} typ host`, now);
      case 2:
        return this.#receive(this.#request(b), path);
      case 3: {
        const asked = this.#asked[c % Math.max(1, this.#asked.length)];
        return asked === undefined
          ? this.#agent.advance(now)
          : this.#receive(this.#answer(asked.datagram, b), asked.path);
      }
      case 4:
        return this.#agent.pathClosed(c % 8, now);
      case 5:
        if (b % 4 !== 0) return this.#receive(this.#random.pick(MESSAGES), path);
        return this.#agent.restart({ ufrag: `ours${++this.#restarts}`, password: LOCAL.password }, now);
      case 6:
        return this.#receive(Buffer.from([what, a, b, c]), path);
      default:
        return this.#agent.advance(now);
    }
  }

  #request(kind: number): Buffer {
    const type = kind & 1 ? 'controlled' : 'controlling';
    const { useCandidate, ...plain } = REQUEST;
    const message: StunMessage = {
      ...(kind & 2 ? { ...plain, useCandidate: true } : plain),
      transactionId: this.#random.bytes(12),
      username: `${this.#random.pick(this.#agent.ufrags)}:theirs`,
      role: { type, tieBreaker: BigInt(this.#random.next()) << 32n },
      priority: this.#random.next(),
    };
    return encodeStun(message, LOCAL.password);
  }

  #answer(asked: Uint8Array, kind: number): Buffer {
    const { transactionId } = decodeStun(asked)!;
    const error = { class: 'error', method: BINDING, transactionId, errorCode: kind & 1 ? 487 : 400 } as const;
    return encodeStun(kind % 3 === 0 ? error : { ...SUCCESS, transactionId }, REMOTE.password);
  }

  #receive(datagram: Uint8Array, path: Path): CoreOutput<IceEvent> {
    const to = this.#router.route(datagram, path);
    if (to === null || datagram[0]! > 3) return this.#agent.advance(this.#now);
    this.#reachable.add(path.remote.address);
    return to.receive(datagram, path, this.#now);
  }

  #take({ events, wakeAt }: CoreOutput<IceEvent>): void {
    if (!(wakeAt > this.#now)) throw new Error(`due at ${wakeAt}, now is ${this.#now}`);
    for (const event of events) {
      if (event.type === 'validated') this.#router.validated(this.#agent, event.path);
      if (event.type !== 'send') continue;
      if (!this.#reachable.has(event.path.remote.address)) throw new Error(`sent to ${event.path.remote.address}`);
      if (decodeStun(event.datagram)!.class === 'request') this.#asked.push(event);
    }
    this.#router.update(this.#agent);
    const { pairs } = this.#agent.stats();
    if (pairs > 100) throw new Error(`${pairs} pairs`);
  }
}

function tcpConnection(): Target {
  return {
    name: 'webrtc-ice-tcp',
    samples: [
      Buffer.concat(MESSAGES.map(encodeFrame)),
      Buffer.concat([MESSAGES[0]!, Buffer.alloc(9, 22)].map(encodeFrame)),
    ],
    run: (bytes, random) => {
      const router = new IceRouter<{ ufrags: string[]; transactionTag: number }>();
      router.add({ ufrags: ['ours'], transactionTag: 0 });
      const path: Path = {
        protocol: 'tcp',
        local: { address: ADDRESS, port: 5000 },
        remote: { address: '203.0.113.9', port: 1 },
        connection: 1,
      };
      const connection = new IceTcpConnection(router, path, 0);
      let isClosed = false;
      for (let at = 0; at < bytes.length; ) {
        const next = at + 1 + random.below(300);
        for (const event of connection.receive(bytes.subarray(at, next), 1).events) {
          if (isClosed) throw new Error(`${event.type} after the end`);
          if (event.type === 'close') isClosed = true;
          else if (event.datagram.length > 2_048) throw new Error(`${event.datagram.length} bytes`);
        }
        at = next;
      }
    },
  };
}

function gatherer(): Target {
  return {
    name: 'webrtc-ice-reflexive',
    samples: MESSAGES.slice(1),
    run: (bytes, random) => {
      const local = { address: ADDRESS, port: 5000 };
      const remote = { address: '198.51.100.3', port: 3478 };
      const gathering = new ReflexiveGatherer({
        servers: [remote],
        bases: [local],
        random: (count) => random.bytes(count),
      });
      const path: Path = { protocol: 'udp', local, remote };
      const [question] = gathering.advance(0).events;
      if (question?.type !== 'send') throw new Error('nothing is asked');
      const answer = Buffer.from(bytes);
      // As a server would: whatever else is damaged, the question is the right one.
      if (answer.length >= 20) answer.set(question.datagram.subarray(8, 20), 8);
      for (const event of gathering.receive(answer, path, 1).events)
        if (event.type === 'candidate' && event.candidate.base !== local) throw new Error('a base of somebody else');
    },
  };
}
