/** How a viewer gets in. */
export type Ticket =
  /** With the shared credentials, on the peer socket. */
  | { kind: 'credentials'; streamerId: string }
  /** By a join link: the token in its fragment. */
  | { kind: 'link'; streamerId: string; link: string; linkId: number }
  /** On the older socket; its session ends with it. */
  | { kind: 'legacy'; clientId: string; appId: number }
  /** The same, into a session that goes on without it. */
  | { kind: 'joiner'; clientId: string; appId: number; sessionId: string };

export interface ViewerStart {
  name: string;
  ticket: Ticket;
  /** The key that is this viewer's alone. */
  virtualKey: number;
}

/** Parent to child. */
export type ToViewers =
  | { type: 'start'; server: string; viewers: ViewerStart[] }
  | { type: 'key'; name: string; down: boolean }
  /** Goes without a word, and comes back. */
  | { type: 'crash'; name: string }
  | { type: 'link'; name: string; link: string }
  | { type: 'close' };

/** What a viewer went through; times are those of `now()`. */
export interface ViewerReport {
  name: string;
  /** Sockets that were opened. */
  sockets: number;
  /** Peer connections that were begun. */
  peers: number;
  frames: number;
  /** Of the last one; of the viewer's own begin before the first. */
  frameAt: number;
  /** The last times without a picture, oldest first. */
  gaps: { from: number; to: number }[];
  /** What it was told last, oldest first: a status, an error code, why it was refused. */
  notifications: { at: number; what: string }[];
  /** Its key is down, on the connection that it has now. */
  holds: boolean;
}

/** Child to parent, several times a second. */
export interface FromViewers {
  type: 'report';
  at: number;
  /** How late the timer of this report was, ms: the machine, not Moonshare. */
  lateMs: number;
  viewers: ViewerReport[];
}
