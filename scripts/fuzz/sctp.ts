import { SctpDataChannels } from '../../packages/webrtc/dcep/data-channels.ts';
import { encodeDcepAck, encodeDcepOpen, PPID, readDcep } from '../../packages/webrtc/dcep/message.ts';
import type { ChannelOutput } from '../../packages/webrtc/dcep/types.ts';
import { SctpAssociation } from '../../packages/webrtc/sctp/association.ts';
import { type Chunk, encodeChunk, type InitChunk } from '../../packages/webrtc/sctp/chunk.ts';
import { encodePacket, readPacket } from '../../packages/webrtc/sctp/packet.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

/** The tag and first TSN of the association, since its random bytes are all the same; those of its peer. */
const OURS = 0x0707_0707;
const THEIRS = 0x0102_0304;
const WINDOW = 32 * 1024;
const SEND_LIMIT = 32 * 1024;
const PORTS = { sourcePort: 5000, destinationPort: 5000 };

const openChannel = encodeDcepOpen({ label: 'mouse', protocol: 'p', ordered: false, maxRetransmits: 0 });
const data = (offset: number, fields: Partial<Chunk & { type: 'data' }> = {}): Chunk => ({
  type: 'data',
  tsn: THEIRS + offset,
  stream: 0,
  ssn: offset,
  ppid: PPID.binary,
  unordered: false,
  begin: true,
  end: true,
  immediate: false,
  payload: Buffer.alloc(20, 1),
  ...fields,
});
const init: InitChunk = {
  type: 'init',
  tag: THEIRS,
  window: 60_000,
  outboundStreams: 100,
  inboundStreams: 100,
  tsn: THEIRS,
  parameters: [
    { type: 0x8008, value: Buffer.from([130, 192]) },
    { type: 0xc000, value: Buffer.alloc(0) },
  ],
};
const resetRequest = Buffer.from('01020304070707060102030400000001', 'hex');

/** Each is what one packet may hold. */
const PACKETS: Chunk[][] = [
  [data(0, { ppid: PPID.dcep, payload: openChannel, ssn: 0 }), data(1), data(2, { unordered: true })],
  [data(0, { end: false }), data(1, { begin: false, end: false, ssn: 0 }), data(2, { begin: false, ssn: 0 })],
  [data(3), data(1), data(5, { stream: 2 })],
  [{ type: 'sack', cumulative: OURS, window: 50_000, gaps: [[2, 3]], duplicates: [THEIRS] }],
  [{ type: 'forwardTsn', cumulative: THEIRS + 2, skipped: [{ stream: 0, ssn: 2 }] }, data(3, { ssn: 3 })],
  [{ type: 'reconfig', parameters: [{ type: 13, value: resetRequest }] }],
  [{ type: 'reconfig', parameters: [{ type: 16, value: Buffer.from('0707070700000001', 'hex') }] }],
  [data(0, { ppid: PPID.dcep, payload: encodeDcepAck(), stream: 1, ssn: 0 }), { type: 'shutdown', cumulative: OURS }],
  [
    { type: 'heartbeat', info: Buffer.alloc(8) },
    { type: 'error', causes: [{ type: 3, value: Buffer.alloc(4) }] },
  ],
  [{ type: 'cookieEcho', cookie: Buffer.alloc(57) }, { type: 'cookieAck' }],
];

/** Packets of a browser after the handshake and during it, and what it may make the association hold and send. */
export function sctpTargets(): Target[] {
  const samples = PACKETS.map((chunks) => Buffer.concat(chunks.map(encodeChunk)));
  return [
    {
      name: 'webrtc-sctp-packet',
      samples: PACKETS.map((chunks) => encodePacket({ ...PORTS, tag: OURS }, chunks.map(encodeChunk))),
      run: (bytes) => {
        readPacket(bytes);
      },
    },
    { name: 'webrtc-dcep', samples: [openChannel, encodeDcepAck()], run: (bytes) => void readDcep(bytes) },
    { name: 'webrtc-sctp-connected', samples, run: (bytes, random) => session(bytes, random, samples, true) },
    {
      name: 'webrtc-sctp-handshake',
      samples: [...samples, encodeChunk(init), encodeChunk({ ...init, type: 'initAck' })],
      run: (bytes, random) => session(bytes, random, samples, false),
    },
  ];
}

/** A damaged packet amid good ones, with checksums that are right. */
function session(bytes: Buffer, random: Random, samples: readonly Buffer[], isConnected: boolean): void {
  const association = new SctpAssociation({
    role: isConnected ? 'server' : 'client',
    receiveWindow: WINDOW,
    sendLimit: SEND_LIMIT,
    maxMessageSize: 4096,
    streams: 100,
    random: (count) => new Uint8Array(count).fill(7),
  });
  const channels = new SctpDataChannels({ association, dtlsRole: 'server', maxChannels: 8 });
  let now = 0;
  let sent: Uint8Array[] = [];
  const take = ({ events, wakeAt }: ChannelOutput) => {
    sent = events.flatMap((event) => (event.type === 'send' ? [event.packet] : []));
    const { receivedBytes, heldBytes } = association.statistics;
    if (receivedBytes > WINDOW + 2 * 4096 || heldBytes > SEND_LIMIT)
      throw new Error(`${receivedBytes} and ${heldBytes} bytes held`);
    if (sent.length > 300 || sent.some(({ length }) => length > 1160)) throw new Error(`${sent.length} packets sent`);
    if (!(wakeAt > now)) throw new Error(`wakes at ${wakeAt}, and it is ${now}`);
  };
  const give = (chunks: Buffer, tag = OURS) => take(channels.receive(encodePacket({ ...PORTS, tag }, [chunks]), now));
  take(channels.start(now));
  if (isConnected) {
    give(encodeChunk(init), 0);
    const [initAck] = readPacket(sent[0]!)!.chunks;
    if (initAck?.type !== 'initAck') throw new Error('no INIT ACK');
    give(encodeChunk({ type: 'cookieEcho', cookie: initAck.parameters.find(({ type }) => type === 7)!.value }));
  }
  const { channel, ...created } = channels.create({ label: 'general' }, now);
  take(created);
  for (let step = 0; step < 8; step++) {
    now += random.pick([0, 1, 60, 700, 30_000]);
    take(channels.advance(now));
    give(random.below(2) === 0 ? bytes : random.pick(samples), random.below(8) === 0 ? 0 : OURS);
    if (channel !== null) take(channels.send(channel, Buffer.alloc(random.below(5000)), now));
    if (random.below(10) === 0) take(channels.close(random.below(4), now));
  }
}
