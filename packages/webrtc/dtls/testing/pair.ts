import { setTimeout as sleep } from 'node:timers/promises';
import type { CoreOutput } from '@moonshare/sans-io';
import { createDtlsCertificate } from '../certificate.ts';
import { Dtls, type DtlsEvent, type DtlsOptions } from '../dtls.ts';
import { parseFingerprint } from '../fingerprint.ts';

export type Role = DtlsOptions['role'];

export const CERTIFICATES = { client: createDtlsCertificate(), server: createDtlsCertificate() };
export const PEER: Record<Role, Role> = { client: 'server', server: 'client' };

/** A side whose peer has the other certificate. */
export function dtlsOf(role: Role, options: Partial<DtlsOptions> = {}): Dtls {
  const remoteFingerprint = parseFingerprint(CERTIFICATES[PEER[role]].fingerprint)!;
  return new Dtls({ role, ...CERTIFICATES[role], remoteFingerprint, firstTimeoutMs: 20, ...options });
}

/** A datagram on its way; `index` counts those of its sender. */
export interface InFlight {
  from: Role;
  index: number;
  datagram: Uint8Array;
}

/**
 * A client and a server with a wire between them. Their clock moves only while nothing is on its way, and then by what the
 * retransmission timer, which runs on the machine's clock, asks for: a machine that stands still costs nothing.
 */
export class DtlsPair {
  readonly events: Record<Role, DtlsEvent[]> = { client: [], server: [] };
  readonly sides: Record<Role, Dtls>;
  /** Ms that have passed for both. */
  now = 0;
  wire: InFlight[] = [];
  #sent: Record<Role, number> = { client: 0, server: 0 };
  #wakeAt: Record<Role, number> = { client: 0, server: 0 };

  constructor(options: Partial<Record<Role, Partial<DtlsOptions>>> = {}) {
    this.sides = { client: dtlsOf('client', options.client), server: dtlsOf('server', options.server) };
    for (const role of ['server', 'client'] as const) this.take(role, this.sides[role].start(this.now));
  }

  take(role: Role, { events, wakeAt }: CoreOutput<DtlsEvent>): void {
    this.#wakeAt[role] = wakeAt;
    for (const event of events) {
      if (event.type === 'send')
        this.wire.push({ from: role, index: this.#sent[role]++, datagram: Uint8Array.from(event.datagram) });
      else this.events[role].push(event);
    }
  }

  deliver({ from, datagram }: InFlight): void {
    const role = PEER[from];
    this.take(role, this.sides[role].receive(datagram, this.now));
  }

  /** Until nothing is on its way. `pass` may change, multiply or drop what is delivered, the first in line. */
  flush(pass: (one: InFlight) => InFlight[] = (one) => [one]): void {
    for (let one = this.wire.shift(); one !== undefined; one = this.wire.shift())
      for (const arriving of pass(one)) this.deliver(arriving);
  }

  has(type: DtlsEvent['type']): boolean {
    return (['client', 'server'] as const).every((role) => this.events[role].some((event) => event.type === type));
  }

  /** Until both are connected, or the handshake has ended for lack of time. */
  async connect(pass?: (one: InFlight) => InFlight[]): Promise<void> {
    this.flush(pass);
    while (!this.has('connected')) {
      const next = Math.min(this.#wakeAt.client, this.#wakeAt.server);
      if (next === Number.POSITIVE_INFINITY) return;
      await sleep(Math.max(0, next - this.now));
      this.now = Math.max(this.now, next);
      for (const role of ['client', 'server'] as const) this.take(role, this.sides[role].advance(this.now));
      this.flush(pass);
    }
  }
}
