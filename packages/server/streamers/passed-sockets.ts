import type { ChildProcess, Serializable } from 'node:child_process';
import type { Socket } from 'node:net';

/** The most sockets that the process has not taken yet: with more, it is hung or ending. */
const MAX_UNDER_WAY = 64;

/**
 * Passes sockets on to a child process. None of them stays open in this process, whether or not it gets there, and nothing that
 * arrives on them is read here.
 */
export class PassedSockets {
  readonly #child: ChildProcess;
  readonly #underWay = new Set<Socket>();
  #isGone = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Returns at once; a socket that cannot be passed on is closed. It has no listeners for data. */
  send(message: Serializable, socket: Socket): void {
    // A child that is gone may still count as connected for a moment.
    if (socket.destroyed || this.#isGone || !this.#child.connected || this.#underWay.size >= MAX_UNDER_WAY) {
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

  /** The child is gone. */
  end(): void {
    this.#isGone = true;
    for (const socket of this.#underWay) socket.destroy();
    this.#underWay.clear();
  }

  #arrived(socket: Socket): void {
    this.#underWay.delete(socket);
    // What was read meanwhile is lost to the child. No browser sent it: they send nothing before the upgrade is answered.
    if (socket.readableLength > 0) socket.end();
    socket.destroy();
  }
}
