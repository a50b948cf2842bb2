import type { Negotiation } from '@moonshare/contract';

/** Who makes the first offer. */
export type Offerer = 'viewer' | 'server';

/** What a viewer has got so far. */
export interface Facts {
  /** As `RTCPeerConnection.connectionState`. */
  state: string;
  /** Of the selected pair, once there is one: of the viewer's candidate, `udp` or `tcp`, and the server's address. */
  path: { protocol: string; address: string } | null;
  /** Pictures: decoded by those that decode, else completed by an RTP packet with a marker. */
  frames: number;
  /** Decoded key frames; only browsers know. */
  keyFrames?: number;
  /** The ICE user name of the server's side on the selected pair; only browsers tell. A restart changes it. */
  generation?: string;
  /** RTP packets of sound. */
  sound: number;
  /** The labels of the data channels that are open. */
  open: string[];
}

/** From a viewer: a JSON object a line, or a message of a WebSocket. */
export type FromPeer = Negotiation | { Facts: Facts } | { Failed: string };

/** To a viewer, in the same form. */
export type ToPeer =
  /** The first: it may offer now, or wait for an offer. */
  | { Begin: { offerer: Offerer } }
  | Negotiation
  | { Send: { label: string; hex: string } }
  | { RestartIce: Record<string, never> };

/** The channels that every viewer creates, as front ends do. */
export const LABELS = ['mouse', 'keyboard', 'controllers'] as const;

/** How often facts are told. */
export const TELL_EVERY_MS = 100;
