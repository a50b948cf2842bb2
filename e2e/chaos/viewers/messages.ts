import type { TransportKind } from '@moonshare/contract';

/** How a viewer gets in, and what carries its media if it may choose. */
export type Ticket =
  /** With the shared credentials, on the peer socket. */
  | { kind: 'credentials'; streamerId: string; transport: TransportKind }
  /** By a join link: the token in its fragment. */
  | { kind: 'link'; streamerId: string; transport: TransportKind; link: string; linkId: number }
  /** On the legacy socket; its session ends with it. */
  | { kind: 'legacy'; clientId: string; appId: number }
  /** On the legacy socket, into a session that outlives it. */
  | { kind: 'joiner'; clientId: string; appId: number; sessionId: string };

export interface ViewerStart {
  name: string;
  ticket: Ticket;
  /** The key that only this viewer presses. */
  virtualKey: number;
}

/** Parent to child. */
export type ToViewers =
  | { type: 'start'; server: string; viewers: ViewerStart[] }
  | { type: 'key'; name: string; down: boolean }
  /** Disappears without notice, and returns. */
  | { type: 'crash'; name: string }
  | { type: 'link'; name: string; link: string }
  | { type: 'close' };

/** What a viewer went through; times are those of `now()`. */
export interface ViewerReport {
  name: string;
  /** Sockets that were opened. */
  sockets: number;
  /** Peer connections, or media sockets, that were begun. */
  peers: number;
  frames: number;
  /** Of the last frame; before the first, when the viewer started. */
  frameAt: number;
  /** The last gaps in its picture, oldest first. */
  gaps: { from: number; to: number }[];
  /** What it was last told, oldest first: a status, an error code, a reason for refusal. */
  notifications: { at: number; what: string }[];
  /** Its key is down, on its current connection. */
  holds: boolean;
}

/** Child to parent, several times a second. */
export interface FromViewers {
  type: 'report';
  at: number;
  /** How late the timer of this report was, ms: the machine's doing, not Moonshare's. */
  lateMs: number;
  viewers: ViewerReport[];
}
