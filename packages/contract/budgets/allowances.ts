import type { Account } from './account.ts';
import type { Allowance } from './budget.ts';

/**
 * What one viewer may cause at its streamer. Browsers stay far below, on bad networks too: what a viewer does within these costs
 * the others nothing that they could notice.
 */
export const VIEWER_ALLOWANCES = {
  /** RTCP packets, the parts of such compounds, and their bytes: at 5 % loss some 300 packets a second report what is missing. */
  rtcpPackets: { burst: 2_000, perSecond: 1_000, patience: 2_000 },
  rtcpParts: { burst: 4_000, perSecond: 2_000, patience: 4_000 },
  rtcpBytes: { burst: 256 * 1024, perSecond: 64 * 1024, patience: 256 * 1024 },
  /** Arrivals that get a key frame at once; whoever reloads more often waits like a viewer that asks for one all the time. */
  arrivals: { burst: 8, perSecond: 0.25 },
  /** Data channel messages and their bytes: a mouse of 1000 Hz, a keyboard and four pads of 250 Hz are half of it. */
  messages: { burst: 8_000, perSecond: 4_000, patience: 4_000 },
  messageBytes: { burst: 1024 * 1024, perSecond: 256 * 1024, patience: 1024 * 1024 },
  /** Data channels that are opened beyond the first 32, which are free; a page has six and one for each pad. */
  channels: { burst: 64, perSecond: 1, patience: 64 },
  /** Packets to the host that input comes to. */
  input: { burst: 4_096, perSecond: 2_000 },
  /** Offers and answers. */
  descriptions: { burst: 32, perSecond: 2, patience: 32 },
  /** Candidates that could be used: each is an address that packets are sent to. */
  candidates: { burst: 60, perSecond: 2, patience: 400 },
} as const satisfies Record<string, Allowance>;
export type ViewerSpending = keyof typeof VIEWER_ALLOWANCES;
export type ViewerAccount = Account<ViewerSpending>;

/** What one viewer may say to the server of a streamer: an offer with all its candidates is some 50 messages. */
export const SIGNALLING_ALLOWANCES = {
  signals: { burst: 400, perSecond: 50, patience: 400 },
} as const satisfies Record<string, Allowance>;

/** Joins of one streamer by one address and by one link. Many people may share either, and all come at once after a restart. */
export const JOIN_ALLOWANCES = {
  address: { burst: 120, perSecond: 4 },
  link: { burst: 240, perSecond: 8 },
} as const satisfies Record<string, Allowance>;
