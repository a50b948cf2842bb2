import {
  channelOptions,
  decodeFeedback,
  encodeInput,
  type GeneralMessage,
  parseGeneralMessage,
  type ViewerFeedback,
  type ViewerInput,
} from '@moonshare/contract/browser';
import { isWorthSending } from '../transport/input-congestion.ts';

export interface DataChannelEvents {
  /** Input sent from now on will arrive. */
  ready(): void;
  feedback(feedback: ViewerFeedback): void;
  general(message: GeneralMessage): void;
}

/** The data channels of one peer connection (protocol/4 §5). They close with it. */
export class DataChannels {
  readonly #connection: RTCPeerConnection;
  readonly #channels = new Map<string, RTCDataChannel>();
  readonly #waiting = new Map<string, Uint8Array<ArrayBuffer>>();
  #isReady = false;

  constructor(peer: RTCPeerConnection, events: DataChannelEvents) {
    this.#connection = peer;
    this.#create('mouse');
    this.#create('keyboard');
    this.#create('lockKeys');
    this.#create('touch');
    const controllers = this.#create('controllers');
    controllers.addEventListener('message', ({ data }) => {
      const feedback = data instanceof ArrayBuffer ? decodeFeedback(new Uint8Array(data)) : null;
      if (feedback !== null) events.feedback(feedback);
    });
    // The last one created: the others are open by then, or open together with it.
    controllers.addEventListener('open', () => {
      this.#isReady = true;
      events.ready();
    });
    peer.addEventListener('datachannel', ({ channel }) => {
      if (channel.label !== 'general') return;
      channel.addEventListener('message', ({ data }) => {
        const message = typeof data === 'string' ? parseGeneralMessage(data) : null;
        if (message !== null) events.general(message);
      });
    });
  }

  /** Sends one event, or drops it if its channel is not open or is too far behind. */
  send(event: ViewerInput): void {
    const { channel: label, data } = encodeInput(event);
    // Between its offer and the connection, Chromium numbers a new channel for the wrong DTLS role, and the other side closes it.
    const channel = this.#channels.get(label) ?? (this.#isReady ? this.#create(label) : null);
    if (channel === null) return;
    if (channel.readyState === 'connecting' && event.kind === 'controllerState') this.#waiting.set(label, data);
    if (channel.readyState === 'open' && isWorthSending(event.kind, channel.bufferedAmount)) channel.send(data);
  }

  #create(label: string): RTCDataChannel {
    const channel = this.#connection.createDataChannel(label, channelOptions(label));
    channel.binaryType = 'arraybuffer';
    this.#channels.set(label, channel);
    channel.addEventListener('open', () => {
      // A controller's channel is created with its first state, which must not be lost.
      const state = this.#waiting.get(label);
      this.#waiting.delete(label);
      if (state !== undefined) channel.send(state);
    });
    return channel;
  }
}
