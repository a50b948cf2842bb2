import { randomBytes } from 'node:crypto';
import { UdpSocket } from '../../socket/udp-socket.ts';
import { type SrtpProfile, SrtpSession } from '../../srtp/session.ts';
import { deriveKeys, masterBytes, type SessionKeys, unprotectRtp } from '../../srtp/testing/reference-srtp.ts';

/** A viewer at the other end: it has the keys, and keeps what it gets. */
export class SrtpReceiver {
  readonly packets: Buffer[] = [];
  readonly socket: UdpSocket;
  readonly session: SrtpSession;
  readonly #keys: SessionKeys;
  #wanted = { count: 0, resolve: () => {} };

  constructor(address = '127.0.0.1', profile: SrtpProfile = 'AEAD_AES_128_GCM') {
    const [local, remote] = [randomBytes(masterBytes(profile)), randomBytes(masterBytes(profile))];
    this.session = new SrtpSession(profile, local, remote);
    this.#keys = deriveKeys(profile, local, 'rtp');
    this.socket = UdpSocket.bind({
      address,
      port: 0,
      receive: (batch) => {
        for (const { data } of batch) this.packets.push(Buffer.from(data));
        if (this.packets.length >= this.#wanted.count) this.#wanted.resolve();
      },
    });
  }

  /** Until this many packets have come in all. */
  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.packets.length >= count) resolve();
      else this.#wanted = { count, resolve };
    });
  }

  /** The packet at this place in the clear; null: it does not open with this rollover counter. */
  open(at: number, rollover = 0): Buffer | null {
    return unprotectRtp(this.#keys, this.packets[at]!, rollover);
  }

  close(): void {
    this.socket.close();
    this.session.free();
  }
}
