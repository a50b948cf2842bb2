import type { ConnectFields } from '../command.ts';

/** The CONNECT of protocol/2 §2, with sessions. For tests. */
export function connectExample(connectId: string, session: number): ConnectFields {
  return {
    senderSlot: 0,
    incomingSession: session,
    outgoingSession: session,
    mtu: 900,
    windowSize: 65536,
    channelCount: 48,
    incomingBandwidth: 0,
    outgoingBandwidth: 0,
    throttleInterval: 5000,
    throttleAcceleration: 2,
    throttleDeceleration: 2,
    connectId: Buffer.from(connectId, 'hex'),
  };
}
