import type { HostState } from '@moonshare/contract';

/** The log level for a state: every attempt to reach a host goes through the same stages. */
export function hostLogLevel(before: HostState | null, now: HostState): 'info' | 'debug' {
  return isNew(before, now) ? 'info' : 'debug';
}

function isNew(before: HostState | null, now: HostState): boolean {
  if (before === null || now.state !== before.state) return true;
  switch (now.state) {
    case 'recovering':
      return before.state !== 'recovering' || now.error.code !== before.error.code;
    case 'connecting':
      return before.state !== 'connecting' || now.stage !== before.stage;
    default:
      return false;
  }
}
