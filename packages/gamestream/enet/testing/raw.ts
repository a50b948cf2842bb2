import { EnetHost } from '../host.ts';
import type { EnetEvent } from '../types.ts';
import { happened, sends } from './network.ts';

export const CONNECT = `8fff1000 82ff0001 0000 ff ff 00000384 00010000 00000030 00000000 00000000 00001388 00000002 00000002 1a2b3c4d 5eed1234`;

/** An EnetHost driven by hand-written bytes. For tests. */
export class RawPeer {
  readonly host: EnetHost;
  now = 0x2000;

  constructor(options: { slots?: number; channelLimit?: number } = {}) {
    this.host = new EnetHost({ slots: 2, ...options, random: () => Buffer.from('1a2b3c4d', 'hex') });
  }

  /** Gives the host one datagram (hex, spaces allowed); returns its answers in hex, and its events. */
  send(hex: string, from = 'C'): { answers: string[]; events: EnetEvent[] } {
    const output = this.host.receive(Buffer.from(hex.replaceAll(' ', ''), 'hex'), from, this.now);
    return { answers: sends(output).map(({ data }) => data.toString('hex')), events: happened(output) };
  }

  /** What `send` answers, without the events. */
  answers(hex: string, from = 'C'): string[] {
    return this.send(hex, from).answers;
  }

  /** The messages that a datagram made the host deliver, as `channel:hex`. */
  messages(hex: string): string[] {
    return this.send(hex).events.flatMap((e) =>
      e.type === 'message' ? [`${e.channel}:${e.data.toString('hex')}`] : [],
    );
  }

  /** Sends CONNECT and the ACK of VERIFY_CONNECT, in session `session`. */
  connect(session = 0): this {
    this.send(CONNECT);
    const head = (session << 12).toString(16).padStart(4, '0');
    this.send(`${head} 01ff0001 0001 2000`);
    return this;
  }
}
