import type { ChildProcess, Serializable } from 'node:child_process';
import type { Socket } from 'node:net';

/** Sockets that the process has not taken yet: it is hung, or ends. */
const MAX_UNDER_WAY = 64;

/**
 * Passes sockets on to a child process. None of them stays open in this process, whether it gets there or not, and nothing that
 * arrives on them is read here.
 */
export class PassedSockets {
  readonly #child: ChildProcess;
  readonly #underWay = new Set<Socket>();

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Returns at once; a socket that cannot be passed on is closed. It has no listeners for data. */
  send(message: Serializable, socket: Socket): void {
    if (socket.destroyed || !this.#child.connected || this.#underWay.size >= MAX_UNDER_WAY) {
      socket.destroy();
      return;
    }
    // It has ended; the process that gets it learns that too.
    socket.on('error', () => {});
    // Otherwise Node would have the server of this socket wait for the child when it closes: without end, once the child is gone.
    Object.assign(socket, { server: null });
    this.#underWay.add(socket);
    // Kept open until it is there: Node never closes what was on its way to a child that died.
    this.#child.send(message, socket, { keepOpen: true }, () => this.#arrived(socket));
  }

  /** The child is gone. */
  end(): void {
    for (const socket of this.#underWay) socket.destroy();
    this.#underWay.clear();
  }

  #arrived(socket: Socket): void {
    this.#underWay.delete(socket);
    // What was read meanwhile is lost to the child. Browsers send nothing before they are answered, so no browser sent it.
    if (socket.readableLength > 0) socket.end();
    socket.destroy();
  }
}
