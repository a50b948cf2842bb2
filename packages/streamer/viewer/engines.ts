import type { TransportKind } from '@moonshare/contract';
import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import type { NegotiatingEngine, SocketEngine, StreamFormat, TransportEngine, ViewerTransport } from './transport.ts';

/** All engines as one: each sends to the transports of its kind. */
export class Engines implements TransportEngine {
  readonly webrtc: NegotiatingEngine;
  readonly websocket: SocketEngine;
  readonly #all: readonly [TransportKind, TransportEngine][];

  constructor({ webrtc, websocket }: { webrtc: NegotiatingEngine; websocket: SocketEngine }) {
    this.webrtc = webrtc;
    this.websocket = websocket;
    this.#all = [
      ['webrtc', webrtc],
      ['websocket', websocket],
    ];
  }

  get largestFrame(): number {
    return Math.min(...this.#all.map(([, { largestFrame }]) => largestFrame));
  }

  setFormat(format: StreamFormat): void {
    for (const [, engine] of this.#all) engine.setFormat(format);
  }

  /** Engines are called even without transports: they follow the clock of the stream. */
  sendVideo(unit: AccessUnit, transports: readonly ViewerTransport[]): readonly ViewerTransport[] {
    return this.#all.flatMap(([kind, engine]) => engine.sendVideo(unit, ofKind(kind, transports)));
  }

  sendAudio(packet: AudioPacket, transports: readonly ViewerTransport[]): void {
    for (const [kind, engine] of this.#all) engine.sendAudio(packet, ofKind(kind, transports));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(([, engine]) => engine.close()));
  }
}

function ofKind(kind: TransportKind, transports: readonly ViewerTransport[]): readonly ViewerTransport[] {
  return transports.filter((transport) => transport.kind === kind);
}
