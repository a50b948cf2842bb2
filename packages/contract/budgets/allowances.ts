import type { Account } from './account.ts';
import type { Allowance } from './budget.ts';

/**
 * What one viewer may cause at its streamer. Browsers stay far below this, even on bad networks, and other viewers do not notice
 * anything that stays within it.
 */
export const VIEWER_ALLOWANCES = {
  /** RTCP packets, the parts of compound packets, and their bytes: at 5 % loss, some 300 packets a second report what is missing. */
  rtcpPackets: { burst: 2_000, perSecond: 1_000, patience: 2_000 },
  rtcpParts: { burst: 4_000, perSecond: 2_000, patience: 4_000 },
  rtcpBytes: { burst: 256 * 1024, perSecond: 64 * 1024, patience: 256 * 1024 },
  /** Joins that get a key frame at once; a viewer that reloads more often waits like one that asks for key frames all the time. */
  arrivals: { burst: 8, perSecond: 0.25 },
  /** SCTP below the data channels, chunks and bytes: a message is a chunk of its own or more, with some 60 bytes around it. */
  dataChunks: { burst: 10_000, perSecond: 5_000, patience: 5_000 },
  dataBytes: { burst: 2 * 1024 * 1024, perSecond: 512 * 1024, patience: 2 * 1024 * 1024 },
  /** Data channel messages and their bytes: a 1000 Hz mouse, a keyboard and four 250 Hz gamepads use half of this. */
  messages: { burst: 8_000, perSecond: 4_000, patience: 4_000 },
  messageBytes: { burst: 1024 * 1024, perSecond: 256 * 1024, patience: 1024 * 1024 },
  /** Data channels opened beyond the first 32, which are free; a page opens six, plus one per gamepad. */
  channels: { burst: 64, perSecond: 1, patience: 64 },
  /** Packets that input sends to the host. */
  input: { burst: 4_096, perSecond: 2_000 },
  /** Offers and answers. */
  descriptions: { burst: 32, perSecond: 2, patience: 32 },
  /** Usable candidates: each is an address that packets are sent to. */
  candidates: { burst: 60, perSecond: 2, patience: 400 },
} as const satisfies Record<string, Allowance>;
export type ViewerSpending = keyof typeof VIEWER_ALLOWANCES;
export type ViewerAccount = Account<ViewerSpending>;

/** What one viewer may send to a streamer's server: an offer with all its candidates is some 50 messages. */
export const SIGNALLING_ALLOWANCES = {
  signals: { burst: 400, perSecond: 50, patience: 400 },
} as const satisfies Record<string, Allowance>;

/** Joins of one streamer from one address and with one link. Many people may share either, and all come at once after a restart. */
export const JOIN_ALLOWANCES = {
  address: { burst: 120, perSecond: 4 },
  link: { burst: 240, perSecond: 8 },
} as const satisfies Record<string, Allowance>;
