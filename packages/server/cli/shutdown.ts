import { readFileSync } from 'node:fs';

const PARENT_CHECK_MS = 500;
/** One Ctrl+C can arrive twice, from the terminal and from npm. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP (the terminal was closed), so that everything ends in order. The second one ends this
 * process at once; its children notice and end by themselves. Under npm, the end of the shell in between counts as well.
 */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  const onSignal = () => {
    if (performance.now() - first > SAME_SIGNAL_MS) process.exit(1);
    if (controller.signal.aborted) return;
    first = performance.now();
    controller.abort(new Error('Asked to stop'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  if (!isHangupIgnored()) process.on('SIGHUP', onSignal);
  if (process.env.npm_lifecycle_event !== undefined) watchParent(() => controller.abort(new Error('npm has ended')));
  return controller.signal;
}

/** For nohup. Can only be determined on Linux. */
function isHangupIgnored(): boolean {
  try {
    const [, ignored = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false;
  }
}

/** npm passes SIGTERM to its shell, and dash dies of it without passing it on. */
function watchParent(gone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, PARENT_CHECK_MS);
  timer.unref();
}
