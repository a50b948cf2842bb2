import { EnetSocket, unmapped } from '@moonshare/gamestream';
import type { StreamSession } from './session.ts';
import type { Sessions } from './sessions.ts';

/** The control port: ENet connections, each of which belongs to one session. */
export class ControlServer {
  readonly #socket: EnetSocket;
  readonly #owners = new Map<number, { session: StreamSession; address: string }>();

  private constructor(sessions: Sessions, slots: number) {
    this.#socket = new EnetSocket({ slots });
    this.#socket.on('connected', ({ peer, address, data }) => {
      const from = unmapped(address.slice(0, address.lastIndexOf(' ')));
      const session = sessions.forControl(data, from);
      if (session === null) {
        void this.#socket.disconnect(peer, 'unsequenced');
        return;
      }
      this.#owners.set(peer, { session, address: from });
      session.attachControl({
        send: (packet) => {
          if (this.#owners.get(peer)?.session === session) this.#socket.send(peer, 0, packet, 'reliable');
        },
        disconnect: async (how) => {
          if (this.#owners.get(peer)?.session !== session) return;
          const gone = this.#socket.disconnect(peer, how);
          this.#owners.delete(peer);
          await gone;
        },
      });
    });
    this.#socket.on('message', ({ peer, data }) => {
      const owner = this.#owners.get(peer);
      if (owner !== undefined) sessions.forMessage(owner.session, owner.address)?.receiveControl(data);
    });
    this.#socket.on('disconnected', ({ peer, reason }) => {
      const owner = this.#owners.get(peer);
      this.#owners.delete(peer);
      if (owner !== undefined) sessions.left(owner.session, reason === 'remote' ? 'left' : 'lost');
    });
  }

  static async open(options: {
    bind: string;
    port: number;
    sessions: Sessions;
    slots: number;
  }): Promise<ControlServer> {
    const server = new ControlServer(options.sessions, options.slots);
    await server.#socket.bind({ address: options.bind, port: options.port });
    return server;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
