import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { MultiplexedSockets } from './multiplexed-sockets.ts';

/** The most sockets that the process has not taken yet: with more, it is hung or ending. */
const MAX_UNDER_WAY = 64;

/**
 * Passes sockets on to a child process: plain ones as they are, so that nothing of them passes through this process any more; TLS, which
 * only this process can decrypt, as streams of a connection to it. No plain one stays open in this process, whether or not it gets there, and
 * nothing that arrives on it is read here.
 */
export class PassedSockets {
  readonly #child: ChildProcess;
  readonly #multiplexed: MultiplexedSockets | null;
  readonly #underWay = new Set<Socket>();
  #isGone = false;

  /** `multiplexed`: null if it gets no TLS. */
  constructor(child: ChildProcess, multiplexed: MultiplexedSockets | null) {
    this.#child = child;
    this.#multiplexed = multiplexed;
  }

  /** Returns at once; a socket that cannot be passed on is closed. It has no listeners for data. */
  send(message: object, socket: Socket): void {
    // A child that is gone may still count as connected for a moment.
    if (socket.destroyed || this.#isGone || !this.#child.connected) socket.destroy();
    else if (socket instanceof TLSSocket) this.#offer(message, socket);
    else this.#pass(message, socket);
  }

  /** The child is gone. */
  end(): void {
    this.#isGone = true;
    for (const socket of this.#underWay) socket.destroy();
    this.#underWay.clear();
  }

  #offer(message: object, socket: TLSSocket): void {
    if (this.#multiplexed === null || this.#multiplexed.underWay >= MAX_UNDER_WAY) socket.destroy();
    else this.#child.send({ ...message, stream: this.#multiplexed.offer(socket) }, () => {});
  }

  #pass(message: object, socket: Socket): void {
    if (this.#underWay.size >= MAX_UNDER_WAY) {
      socket.destroy();
      return;
    }
    // The process that gets it learns of its end as well.
    socket.on('error', () => {});
    // Otherwise this socket's server could not close before the child has closed it, and never once the child is gone.
    Object.assign(socket, { server: null });
    this.#underWay.add(socket);
    // Kept open until it has arrived, since Node never closes a handle that was on its way to a child that died.
    this.#child.send(message, socket, { keepOpen: true }, () => this.#arrived(socket));
  }

  #arrived(socket: Socket): void {
    this.#underWay.delete(socket);
    // What was read meanwhile is lost to the child. No browser sent it: they send nothing before the upgrade is answered.
    if (socket.readableLength > 0) socket.end();
    socket.destroy();
  }
}
