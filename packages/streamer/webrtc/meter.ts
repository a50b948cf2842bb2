import type { ViewerAccount, ViewerSpending } from '@moonshare/contract';

/** Spends what a viewer may cause, before it is looked at. */
export class Meter {
  readonly #account: ViewerAccount;
  readonly #now: () => number;
  readonly #exceeded: (what: ViewerSpending) => void;

  /** `exceeded`: it was too much for too long. */
  constructor(account: ViewerAccount, now: () => number, exceeded: (what: ViewerSpending) => void) {
    this.#account = account;
    this.#now = now;
    this.#exceeded = exceeded;
  }

  /** Whether it may pass. */
  allows(what: ViewerSpending, cost = 1): boolean {
    const spent = this.#account.spend(what, cost, this.#now());
    if (spent === 'persistent') this.#exceeded(what);
    return spent === 'within';
  }
}

/** Why a viewer was put out, for people. */
export const EXCEEDED: Readonly<Record<ViewerSpending, string>> = {
  rtcpPackets: 'The browser sends too many reports about the picture',
  rtcpParts: 'The browser sends too many reports about the picture',
  rtcpBytes: 'The browser sends too many reports about the picture',
  keyFrames: 'The browser asks for too many key frames',
  arrivals: 'The browser comes and goes too often',
  messages: 'The browser sends too much input',
  messageBytes: 'The browser sends too much input',
  channels: 'The browser opens too many data channels',
  input: 'The browser sends too much input',
  descriptions: 'The browser negotiates too often',
  candidates: 'The browser names too many addresses',
};
