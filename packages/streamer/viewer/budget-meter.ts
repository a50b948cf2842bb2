import { type Allowance, VIEWER_ALLOWANCES, type ViewerAccount, type ViewerSpending } from '@moonshare/contract';

export interface MeterEvents {
  /** More than is read, of a kind that no browser sends too much of for long. */
  flooded(): void;
  /** It was too much for too long. */
  exceeded(what: ViewerSpending): void;
}

/** Charges a viewer's messages to its budget before they are read. */
export class BudgetMeter {
  readonly #account: ViewerAccount;
  readonly #now: () => number;
  readonly #events: MeterEvents;

  constructor(account: ViewerAccount, now: () => number, events: MeterEvents) {
    this.#account = account;
    this.#now = now;
    this.#events = events;
  }

  /** Whether it is within the budget. */
  allows(what: ViewerSpending, cost = 1): boolean {
    const spent = this.#account.spend(what, cost, this.#now());
    if (spent !== 'within' && isFlood(what)) this.#events.flooded();
    if (spent === 'persistent') this.#events.exceeded(what);
    return spent === 'within';
  }
}

function isFlood(what: ViewerSpending): boolean {
  const { patience }: Allowance = VIEWER_ALLOWANCES[what];
  return patience !== undefined;
}

/** Why a viewer was closed, as shown to people. */
export const EXCEEDED: Readonly<Record<ViewerSpending, string>> = {
  rtcpPackets: 'The browser sent too many reports about the picture',
  rtcpParts: 'The browser sent too many reports about the picture',
  rtcpBytes: 'The browser sent too many reports about the picture',
  arrivals: 'The browser joined and left too often',
  dataChunks: 'The browser sent too much on data channels',
  dataBytes: 'The browser sent too much on data channels',
  messages: 'The browser sent too much input',
  messageBytes: 'The browser sent too much input',
  channels: 'The browser opened too many data channels',
  input: 'The browser sent too much input',
  descriptions: 'The browser negotiated too often',
  candidates: 'The browser offered too many addresses',
};
