import { EventEmitter } from 'node:events';
import { ControlCipher } from '../control/cipher.ts';
import { encodeClientMessage } from '../control/client-message.ts';
import { decodeHostMessage } from '../control/host-message.ts';
import type { ClientMessage, FrameFecStatus, HostMessage } from '../control/message.ts';
import { EnetSocket } from '../enet/socket.ts';

/** protocol/2 §5: Sunshine ends a session from which it hears nothing for 10 s. */
const PING_MS = 100;
/** protocol/2 §3.5 */
const MAX_FEC_STATUS_PER_PING = 8;
/** A host acknowledges each ping: this many unacknowledged, over half a second's worth, mean it does not receive us. */
const MAX_WAITING_PINGS = 6;
/** As the reference client asks for, protocol/2 §3.7. */
const CHANNELS = 48;
/** Above this many unacknowledged messages only releases are sent: enough for a long text, and half of what ENet can hold. */
const MAX_WAITING = 5000;

export interface ControlConnectionOptions {
  /** IP address of the host. */
  address: string;
  port: number;
  connectData: number;
  /** 16 bytes. */
  key: Buffer;
  style: 'v2' | 'old';
}

/** The control stream of one session: ENet, encryption, start-up order and the periodic ping (protocol/2 §3). */
export class ControlConnection extends EventEmitter<{
  message: [message: HostMessage];
  /** Once, and only after `open` has succeeded. */
  ended: [how: 'disconnected' | 'lost'];
}> {
  readonly #options: ControlConnectionOptions;
  readonly #enet = new EnetSocket({ slots: 1 });
  readonly #cipher: ControlCipher;
  readonly #fecStatus: FrameFecStatus[] = [];
  #peer: number | null = null;
  #pings: NodeJS.Timeout | undefined;

  constructor(options: ControlConnectionOptions) {
    super();
    this.#options = options;
    this.#cipher = new ControlCipher({ key: options.key, style: options.style, role: 'client' });
  }

  /** Connects and starts the session in the order of protocol/2 §3.8. Errors: CONTROL_FAILED, or the signal's reason. */
  async open(signal: AbortSignal): Promise<void> {
    const { address, port, connectData } = this.#options;
    this.#enet.on('message', ({ data }) => this.#receive(data));
    this.#enet.on('disconnected', ({ reason }) => {
      if (this.#peer === null) return;
      this.#down();
      this.emit('ended', reason === 'timeout' ? 'lost' : 'disconnected');
    });
    // Not after the promise: messages later in the same datagram must find the connection up.
    this.#enet.once('connected', ({ peer }) => this.#up(peer));
    await this.#enet.connect({ address, port, channels: CHANNELS, data: connectData, signal });
  }

  /** False if it was not sent: the connection is down, or too many messages are unacknowledged. */
  send(message: ClientMessage, channel?: number): boolean {
    if (this.#peer === null) return false;
    if (isDroppable(message) && this.waiting > MAX_WAITING) return false;
    const encoded = encodeClientMessage(message);
    this.#enet.send(this.#peer, channel ?? encoded.channel, this.#cipher.seal(encoded.plain), encoded.mode);
    return true;
  }

  /** Sent with the next ping; of more than eight per ping the oldest are dropped. */
  queueFecStatus(status: FrameFecStatus): void {
    this.#fecStatus.push(status);
    if (this.#fecStatus.length > MAX_FEC_STATUS_PER_PING) this.#fecStatus.shift();
  }

  get isUp(): boolean {
    return this.#peer !== null;
  }

  /** The host acknowledges what we send. */
  get isAcknowledged(): boolean {
    return this.#peer !== null && this.waiting <= MAX_WAITING_PINGS;
  }

  /** Messages the host has not acknowledged. */
  get waiting(): number {
    return this.#peer === null ? 0 : (this.#enet.stats(this.#peer)?.unacknowledged ?? 0);
  }

  get rttMs(): number | null {
    return this.#peer === null ? null : (this.#enet.stats(this.#peer)?.rttMs ?? null);
  }

  /** `reliable` first waits until everything sent has arrived, for 2 s at most. No `ended` follows. */
  async close(how: 'reliable' | 'unsequenced'): Promise<void> {
    const peer = this.#peer;
    this.#down();
    if (peer !== null) await this.#enet.disconnect(peer, how);
    await this.#enet.close();
  }

  #up(peer: number): void {
    this.#peer = peer;
    this.send({ type: 'requestIdr' }, 0);
    this.send({ type: 'startB' });
    this.#ping();
    this.#pings = setInterval(() => this.#ping(), PING_MS);
  }

  #down(): void {
    this.#peer = null;
    clearInterval(this.#pings);
  }

  #ping(): void {
    for (const status of this.#fecStatus.splice(0)) this.send({ type: 'frameFecStatus', status });
    this.send({ type: 'ping' });
  }

  #receive(data: Buffer): void {
    const opened = this.#cipher.open(data);
    if (opened === null) return;
    let message: HostMessage;
    try {
      message = decodeHostMessage(opened.plain);
    } catch {
      // Shorter than a header: there is nothing to act on.
      return;
    }
    this.emit('message', message);
  }
}

/** A release that is not sent leaves something stuck at the host, so it is always sent; presses limit their number. */
function isDroppable(message: ClientMessage): boolean {
  if (message.type !== 'input') return false;
  const { packet } = message;
  if (packet.kind === 'keyUp' || packet.kind === 'mouseUp' || packet.kind === 'controllerState') return false;
  return packet.kind !== 'touch' || (packet.event !== 'up' && packet.event !== 'cancel');
}
