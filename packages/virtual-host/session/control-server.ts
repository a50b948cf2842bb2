import { EnetSocket } from '@moonshare/gamestream';
import { plainAddress } from './address.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

/** As many as Sunshine has. */
const SLOTS = 128;

/** The control port: ENet connections, each of which belongs to one session. */
export class ControlServer {
  readonly #socket = new EnetSocket({ slots: SLOTS });
  readonly #owners = new Map<number, Session>();
  /** Connections that belonged to no session. */
  strangers = 0;

  private constructor(sessions: Sessions) {
    this.#socket.on('connected', ({ peer, address, data }) => {
      const session = sessions.forControl(data, plainAddress(address.slice(0, address.lastIndexOf(' '))));
      if (session === null) {
        this.strangers++;
        void this.#socket.disconnect(peer, 'unsequenced');
        return;
      }
      this.#owners.set(peer, session);
      session.attachControl({
        send: (packet) => {
          if (this.#owners.get(peer) === session) this.#socket.send(peer, 0, packet, 'reliable');
        },
        disconnect: async (how) => {
          if (this.#owners.get(peer) !== session) return;
          const gone = this.#socket.disconnect(peer, how);
          this.#owners.delete(peer);
          await gone;
        },
      });
    });
    this.#socket.on('message', ({ peer, data }) => this.#owners.get(peer)?.receiveControl(data));
    this.#socket.on('disconnected', ({ peer, reason }) => {
      const session = this.#owners.get(peer);
      this.#owners.delete(peer);
      void session?.end(reason === 'remote' ? 'left' : 'lost');
    });
  }

  static async open(o: { bind: string; port: number; sessions: Sessions }): Promise<ControlServer> {
    const server = new ControlServer(o.sessions);
    await server.#socket.bind({ address: o.bind, port: o.port });
    return server;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
