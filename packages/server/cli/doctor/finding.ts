/**
 * `ok`; `warning`: works, but not for everyone; `problem`: does not work; `unknown`: cannot be determined from here, or is not
 * configured.
 */
export type Verdict = 'ok' | 'warning' | 'problem' | 'unknown';

/** What one check found; fits on one line. */
export interface Finding {
  check: string;
  verdict: Verdict;
  /** What was found, without a full stop. */
  message: string;
  /** What to do about it; null if nothing needs to be done. */
  fix: string | null;
}

export function ok(check: string, message: string): Finding {
  return { check, verdict: 'ok', message, fix: null };
}

export function warning(check: string, message: string, fix: string): Finding {
  return { check, verdict: 'warning', message, fix };
}

export function problem(check: string, message: string, fix: string): Finding {
  return { check, verdict: 'problem', message, fix };
}

export function unknown(check: string, message: string, fix: string | null = null): Finding {
  return { check, verdict: 'unknown', message, fix };
}
