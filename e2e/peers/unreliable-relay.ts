import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const HOST = '127.0.0.1';
/** Of a hundred datagrams. */
const FATES = { lost: 5, twice: 5, late: 5 };
/** Passed by so many others. */
const LATE_BY = 3;

/** Between the server and one viewer on this machine: loses datagrams, passes some twice, and some behind those that follow. */
export class UnreliableRelay {
  readonly counts = { lost: 0, twice: 0, late: 0 };
  readonly #front: Socket;
  /** By the port of the viewer. */
  readonly #backs = new Map<number, Socket>();
  #serverPort = 0;
  #random: number;

  private constructor(front: Socket, seed: number) {
    this.#front = front;
    this.#random = seed;
    const toServer = this.#direction();
    front.on('message', (datagram, { port }) => {
      const back = this.#backs.get(port) ?? this.#open(port);
      toServer(() => back.send(datagram, this.#serverPort, HOST));
    });
  }

  static async create(seed: number): Promise<UnreliableRelay> {
    const front = createSocket('udp4').bind(0, HOST);
    await once(front, 'listening');
    return new UnreliableRelay(front, seed);
  }

  /** The server's candidate as one of this relay; null: there is another for it. */
  translate(candidate: string): string | null {
    const [found, port] = / udp \d+ 127\.0\.0\.1 (\d+) /i.exec(candidate) ?? [];
    if (found === undefined) return null;
    this.#serverPort = Number(port);
    return candidate.replace(` ${HOST} ${port} `, ` ${HOST} ${this.#front.address().port} `);
  }

  close(): void {
    for (const socket of [this.#front, ...this.#backs.values()]) socket.close();
  }

  #open(port: number): Socket {
    const back = createSocket('udp4');
    this.#backs.set(port, back);
    const toViewer = this.#direction();
    back.on('message', (datagram) => toViewer(() => this.#front.send(datagram, port, HOST)));
    return back;
  }

  /** Decides what becomes of each datagram. */
  #direction(): (send: () => void) => void {
    let held: { send: () => void; passedBy: number }[] = [];
    return (send) => {
      const draw = this.#draw();
      if (draw < FATES.lost) this.counts.lost += 1;
      else if (draw < FATES.lost + FATES.late) {
        this.counts.late += 1;
        held.push({ send, passedBy: 0 });
        return;
      } else {
        send();
        if (draw >= 100 - FATES.twice) {
          this.counts.twice += 1;
          send();
        }
      }
      for (const each of held) each.passedBy += 1;
      for (const each of held) if (each.passedBy >= LATE_BY) each.send();
      held = held.filter(({ passedBy }) => passedBy < LATE_BY);
    };
  }

  /** 0 to 99, the same for the same seed (a linear congruential generator). */
  #draw(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * 100);
  }
}
