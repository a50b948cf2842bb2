import { SctpAssociation } from '../association.ts';
import { type Chunk, encodeChunk, type InitChunk } from '../chunk.ts';
import type { SctpOptions } from '../options.ts';
import { encodePacket, readPacket } from '../packet.ts';
import type { SctpEvent, SctpOutput } from '../types.ts';
import { seededBytes } from './pair.ts';

const PORTS = { sourcePort: 5000, destinationPort: 5000 };
/** The tag that packets to us have, and our first TSN. */
export const RAW_TAG = 0x0a0b_0c0d;
export const RAW_TSN = 1000;

/** An association driven by hand-made chunks. For tests. */
export class RawSctpPeer {
  readonly association: SctpAssociation;
  now = 0;
  /** The tag that it wants on packets to it, and the TSN it begins with. */
  tag = 0;
  tsn = 0;
  readonly events: SctpEvent[] = [];
  wakeAt = Number.POSITIVE_INFINITY;

  constructor(options: Partial<SctpOptions> = {}) {
    this.association = new SctpAssociation({ role: 'server', random: seededBytes(7), ...options });
  }

  /** What it answers to one packet with these chunks. */
  send(...chunks: Chunk[]): Chunk[] {
    return this.sendRaw(encodePacket({ ...PORTS, tag: this.tag }, chunks.map(encodeChunk)));
  }

  sendRaw(packet: Uint8Array): Chunk[] {
    return this.take(this.association.receive(packet, this.now));
  }

  /** The chunks of what it sends after `ms`, if it wants to be called by then. */
  wait(ms: number): Chunk[] {
    const until = this.now + ms;
    const chunks: Chunk[] = [];
    while (this.wakeAt <= until) {
      this.now = Math.max(this.now, this.wakeAt);
      chunks.push(...this.take(this.association.advance(this.now)));
    }
    this.now = until;
    return chunks;
  }

  take({ events, wakeAt }: SctpOutput): Chunk[] {
    this.wakeAt = wakeAt;
    return events.flatMap((event) => {
      if (event.type !== 'send') {
        this.events.push(event);
        return [];
      }
      const packet = readPacket(event.packet);
      if (packet === null) throw new Error('it sent what it would not read');
      return packet.chunks;
    });
  }

  /** Connects as a client. */
  connect(fields: Partial<InitChunk> = {}): this {
    const [initAck] = this.sendInit(fields);
    if (initAck?.type !== 'initAck') throw new Error('no INIT ACK');
    this.tag = initAck.tag;
    this.tsn = initAck.tsn;
    const cookie = initAck.parameters.find(({ type }) => type === 7)!.value;
    this.send({ type: 'cookieEcho', cookie });
    return this;
  }

  /** The first packet of a client. */
  sendInit(fields: Partial<InitChunk> = {}): Chunk[] {
    const tag = this.tag;
    this.tag = 0;
    const answer = this.send({
      type: 'init',
      tag: RAW_TAG,
      window: 100_000,
      outboundStreams: 65_535,
      inboundStreams: 65_535,
      tsn: RAW_TSN,
      parameters: [
        { type: 0x8008, value: Buffer.from([130, 192]) },
        { type: 0xc000, value: Buffer.alloc(0) },
      ],
      ...fields,
    });
    this.tag = tag;
    return answer;
  }

  /** Text of the messages that it has delivered, as `stream:text`. */
  get messages(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'message' ? [`${event.stream}:${Buffer.from(event.data).toString()}`] : [],
    );
  }
}

/** A DATA chunk with a whole message; `fields` may make it less. */
export function data(tsn: number, text: string, fields: Partial<Chunk & { type: 'data' }> = {}): Chunk {
  return {
    type: 'data',
    tsn,
    stream: 0,
    ssn: 0,
    ppid: 51,
    unordered: true,
    begin: true,
    end: true,
    immediate: false,
    payload: Buffer.from(text),
    ...fields,
  };
}
