import type { Logger } from 'pino';
import type { NegotiatingEngine } from '../viewer/transport.ts';

/** Once per process. A warning where something can be done about what is missing. */
export function logStack({ stackUse, tcpError }: Pick<NegotiatingEngine, 'stackUse' | 'tcpError'>, log: Logger): void {
  if (tcpError !== null) log.warn({ err: tcpError }, 'browsers without UDP cannot come: the TCP port is not to be had');
  const { name, missing } = stackUse;
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
