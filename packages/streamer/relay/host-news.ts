import type { HostState } from '@moonshare/contract';

/** Whether a state deserves a line in the log: each attempt at a host that is away goes through the same stages. */
export function isNews(before: HostState | null, now: HostState): boolean {
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
