import type { ControlActionName } from './participants.ts';
import type { Negotiation, TransportKind } from './parts.ts';

/** What our client sends on the peer socket: signalling.ts has the schema, and what each means. */
export type ClientSignal =
  | { Signaling: Negotiation }
  | { StillThere: Record<never, never> }
  | { GetMediaTicket: Record<never, never> }
  | { RestartWebRtc: Record<never, never> }
  | { UseTransport: { transport: TransportKind } }
  | { ControlAction: { action: ControlActionName; to?: string | null | undefined } }
  | { SetName: { name: string } };
