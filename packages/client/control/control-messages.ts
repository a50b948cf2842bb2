import type { ControlActionName } from '@moonshare/contract/browser';
import type { ViewerControl } from './viewer-control.ts';

/** What to show over the picture about the controls, and what the person can do. */
export interface ControlNote {
  text: string;
  buttons: { label: string; action: ControlActionName }[];
}

const TAKE = { label: 'Take the controls', action: 'take' } as const;
const ASK = { label: 'Ask', action: 'request' } as const;

/** One line: who has the controls. Empty while everybody has. */
export function controlText(control: ViewerControl): string {
  switch (control.standing) {
    case 'everybody':
      return '';
    case 'yours':
      return 'You have the controls.';
    case 'free':
    case 'others':
      return whoHas(control);
    case 'none':
      return control.policy === 'union' ? '' : whoHas(control);
  }
}

/** How the person can get the controls: an agent never refuses. */
export function ways({ standing, policy, holder, mayManage }: ViewerControl): ControlNote['buttons'] {
  if (standing !== 'free' && standing !== 'others') return [];
  const isAtOnce = standing === 'free' || policy === 'follow' || holder?.kind === 'agent' || mayManage;
  return isAtOnce ? [TAKE] : [ASK, TAKE];
}

/** The one thing that the person can do with the controls, where there is little room; null: nothing. */
export function controlButton(control: ViewerControl): 'take' | 'release' | null {
  if (control.standing === 'yours' || control.request?.isYou) return 'release';
  return ways(control).length > 0 ? 'take' : null;
}

export function whoHas({ holder }: ViewerControl): string {
  if (holder === null) return 'Nobody has the controls.';
  return holder.kind === 'agent' ? `${holder.name} (an agent) has the controls.` : `${holder.name} has the controls.`;
}
