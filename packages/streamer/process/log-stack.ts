import type { WebRtcStackUse } from '@moonshare/contract';
import type { Logger } from 'pino';

/** Once per process. A warning where something can be done about what is missing. */
export function logStack({ name, missing }: WebRtcStackUse, log: Logger): void {
  const stack = { stack: name };
  if (missing === null) {
    log.info(stack, `WebRTC runs on ${name}`);
    return;
  }
  const { reason, fix } = missing;
  const said = `WebRTC runs on ${name}, because the native stack does not run here`;
  if (fix === null) log.info({ ...stack, reason }, said);
  else log.warn({ ...stack, reason, hint: fix }, said);
}
