import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { UdpSocket } from '@moonshare/webrtc';
import { nack, pli } from '../../packages/streamer/webrtc/testing/joined-viewer.ts';
import { encodeDcepOpen, PPID } from '../../packages/webrtc/dcep/message.ts';
import { type Chunk, encodeChunk, type InitChunk } from '../../packages/webrtc/sctp/chunk.ts';
import { BINDING, encodeStun } from '../../packages/webrtc/stun/message.ts';
import { init, type RawBrowser } from './raw-browser.ts';

const HOST = '127.0.0.1';
/** Whatever the packet is. */
const TIMES = 40_000;
const PORTS = 64;
const MTU = 1_100;

type Send = (index: number) => void | Promise<void>;

/** What somebody may do to a streamer. */
export interface Attack {
  /** `nothing`: a stranger, who goes on whatever becomes of a viewer of that name. */
  needs: 'nothing' | 'viewer' | 'channels';
  times: number;
  /** The error that it is closed with before it is done; null: it goes on watching. */
  ends: 'RATE_LIMITED' | null;
  prepare(browser: RawBrowser, port: number): Send | Promise<Send>;
}

/** A ClientHello that OpenSSL would answer: DTLS 1.2, one cipher, no extensions. */
const CLIENT_HELLO = Buffer.from(
  `16fefd0000000000000000${'0037'}01${'00002b'}0000${'000000'}${'00002b'}fefd${'ab'.repeat(32)}00000002c02b0100`,
  'hex',
);
/** An encrypted record of epoch 1 with rubbish in it. */
const FORGED_RECORD = Buffer.concat([
  Buffer.from('17fefd0001000000001000', 'hex'),
  Buffer.from([0, 200]),
  randomBytes(200),
]);
/** A receiver report whose tag is wrong. */
const FORGED_RTCP = Buffer.concat([
  Buffer.from('80c90007000000ff', 'hex'),
  randomBytes(60),
  Buffer.from([0x80, 0, 0xff, 0xff]),
]);
const FORGED_RTP = Buffer.concat([Buffer.from('8060000100000001000000ff', 'hex'), randomBytes(1_000)]);

function viewer(what: (browser: RawBrowser) => Buffer): Attack {
  return {
    needs: 'viewer',
    times: TIMES,
    ends: null,
    prepare: (browser) => {
      const datagram = what(browser);
      return () => browser.raw(datagram);
    },
  };
}

function rtcp(what: (ssrc: number) => Buffer): Attack {
  return {
    needs: 'viewer',
    times: TIMES,
    ends: 'RATE_LIMITED',
    prepare: (browser) => {
      const packet = what(browser.known.ssrc);
      return () => browser.rtcp(packet);
    },
  };
}

/** As many of these as fit into a packet. */
function chunks(
  what: (browser: RawBrowser, index: number) => Chunk,
  { tag, single = false }: { tag?: number; single?: boolean } = {},
): Attack {
  return {
    needs: 'channels',
    times: TIMES,
    ends: 'RATE_LIMITED',
    prepare: (browser) => {
      let index = 0;
      return () => {
        const all = [what(browser, index++)];
        let bytes = encodeChunk(all[0]!).length;
        while (!single) {
          const next = what(browser, index);
          bytes += encodeChunk(next).length;
          if (bytes > MTU) break;
          all.push(next);
          index += 1;
        }
        browser.sendChunks(all, tag);
      };
    },
  };
}

/** Chunks as bytes. */
function bytes(what: (index: number) => Buffer): Attack {
  return {
    needs: 'channels',
    times: TIMES,
    ends: 'RATE_LIMITED',
    prepare: (browser) => (index) => browser.data(browser.packet([what(index)])),
  };
}

/** Checks that strangers make up. */
function stun(sockets: number, fields: (known: RawBrowser['known']) => { username: string; password: string }): Attack {
  return {
    needs: 'nothing',
    times: TIMES,
    ends: null,
    prepare: (browser, port) => {
      const from = Array.from({ length: sockets }, () => UdpSocket.bind({ address: HOST, port: 0, receive: () => {} }));
      const check = request(fields(browser.known));
      return (index) => void from[index % sockets]!.send(check, { address: HOST, port });
    },
  };
}

function request({ username, password }: { username: string; password: string }): Buffer {
  const role = { type: 'controlling', tieBreaker: 2n ** 63n } as const;
  const fields = { class: 'request', method: BINDING, transactionId: randomBytes(12), priority: 1, role } as const;
  return encodeStun({ ...fields, username }, password);
}

const stranger = (datagram: Buffer): Attack => ({
  needs: 'nothing',
  times: TIMES,
  ends: null,
  prepare: (_browser, port) => {
    const socket = UdpSocket.bind({ address: HOST, port: 0, receive: () => {} });
    return () => void socket.send(datagram, { address: HOST, port });
  },
});

/** `first` is sent on each connection. */
function connections(times: number, first: Buffer | null): Attack {
  return {
    needs: 'nothing',
    times,
    ends: null,
    prepare: (_browser, port) => async () => {
      const socket = await connected(port);
      if (first !== null) socket.write(first);
    },
  };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, HOST).on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

function frame(datagram: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([datagram.length >> 8, datagram.length & 0xff]), datagram]);
}

const dcepOpen = (label: string): Buffer => encodeDcepOpen({ label, protocol: '', ordered: false });

function data(browser: RawBrowser, fields: Partial<Chunk & { type: 'data' }>): Chunk {
  return {
    type: 'data',
    tsn: browser.tsn++,
    stream: 0,
    ssn: 0,
    ppid: PPID.binary,
    unordered: true,
    begin: true,
    end: true,
    immediate: false,
    payload: Buffer.of(1),
    ...fields,
  };
}

/** With a parameter that fills a packet. */
function long(chunk: InitChunk): InitChunk {
  return { ...chunk, parameters: [...chunk.parameters, { type: 0x8001, value: Buffer.alloc(MTU - 100) }] };
}

/** From SCTP's sequence of requests. */
function reset(sequence: number, streams: number[]): Chunk {
  const value = Buffer.alloc(12 + 2 * streams.length);
  value.writeUInt32BE(sequence, 0);
  value.writeUInt32BE(0, 8);
  streams.forEach((stream, at) => void value.writeUInt16BE(stream, 12 + 2 * at));
  return { type: 'reconfig', parameters: [{ type: 13, value }] };
}

export const ATTACKS: Record<string, Attack> = {
  nothing: { needs: 'viewer', times: 1, ends: null, prepare: () => () => {} },
  'STUN, unknown name': stun(1, () => ({ username: 'nobody:else', password: 'x' })),
  'STUN, wrong password': stun(1, ({ username }) => ({ username, password: 'wrong' })),
  'STUN, wrong password, 64 ports': stun(PORTS, ({ username }) => ({ username, password: 'wrong' })),
  'ClientHello of a stranger': stranger(CLIENT_HELLO),
  'ClientHello on a connection': viewer(() => CLIENT_HELLO),
  'forged DTLS records on a connection': viewer(() => FORGED_RECORD),
  'forged SRTCP on a connection': viewer(() => FORGED_RTCP),
  'forged SRTP on a connection': viewer(() => FORGED_RTP),
  PLIs: rtcp((ssrc) => Buffer.concat(Array.from({ length: 95 }, () => pli(ssrc)))),
  'NACKs of 17 packets, 70 a datagram': rtcp((ssrc) => Buffer.concat(Array.from({ length: 70 }, () => nack(ssrc, 9)))),
  'RTCP of 290 empty parts': rtcp(() =>
    Buffer.concat(Array.from({ length: 290 }, () => Buffer.from('80c90000', 'hex'))),
  ),
  'SCTP INIT': chunks(() => long(init('init')), { tag: 0, single: true }),
  'SCTP INIT ACK': chunks(() => long(init('initAck')), { single: true }),
  'SCTP COOKIE ECHO': chunks(() => ({ type: 'cookieEcho', cookie: Buffer.alloc(57) })),
  'SCTP HEARTBEAT': chunks(() => ({ type: 'heartbeat', info: Buffer.alloc(0) })),
  'SCTP chunks that nobody knows': bytes(() =>
    Buffer.concat(Array.from({ length: 270 }, () => Buffer.from('ff000004', 'hex'))),
  ),
  'SCTP chunks of absurd length': bytes((index) =>
    Buffer.concat([Buffer.from(index % 2 === 0 ? '0003ffff' : '03000000', 'hex'), Buffer.alloc(MTU - 4, 255)]),
  ),
  'SCTP SACK with 270 gaps': chunks(
    (browser) => ({
      type: 'sack',
      cumulative: browser.theirTsn,
      window: 0,
      gaps: Array.from({ length: 270 }, (_, at): [number, number] => [2 * at + 2, 2 * at + 2]),
      duplicates: [],
    }),
    { single: true },
  ),
  'SCTP DATA with gaps': chunks((browser) => data(browser, { tsn: browser.skip(2) })),
  'SCTP DATA far ahead': chunks((browser) => data(browser, { tsn: browser.tsn + 60_000 })),
  'SCTP DATA of length 1': chunks((browser) => data(browser, {})),
  'SCTP FORWARD-TSN': chunks((browser) => ({
    type: 'forwardTsn',
    cumulative: browser.skip(1_000),
    skipped: Array.from({ length: 200 }, (_, stream) => ({ stream, ssn: 1 })),
  })),
  'SCTP reset of all streams': chunks((_browser, index) => reset(1000 + index, [])),
  'SCTP reset of 500 streams': chunks(
    (_browser, index) =>
      reset(
        1000 + index,
        Array.from({ length: 500 }, (_, at) => at),
      ),
    { single: true },
  ),
  'DCEP OPEN': chunks((browser) =>
    data(browser, { ppid: PPID.dcep, stream: browser.tsn % 1024, payload: dcepOpen('x') }),
  ),
  'TCP connections': connections(2_000, null),
  'TCP, a frame of length 65535': connections(2_000, Buffer.from('ffff00', 'hex')),
  'TCP, half a frame': connections(2_000, Buffer.from('0064000100', 'hex')),
  'TCP, empty frames': connections(400, Buffer.alloc(60_000)),
  'TCP, byte by byte': {
    needs: 'nothing',
    times: TIMES,
    ends: null,
    prepare: async (browser, port) => {
      const socket = await connected(port);
      socket.write(frame(request(browser.known)));
      const one = frame(Buffer.alloc(2_000, 200));
      return (index) =>
        new Promise(
          (resolve) => void socket.write(one.subarray(index % one.length, (index % one.length) + 1), () => resolve()),
        );
    },
  },
};
