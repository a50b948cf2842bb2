import { MoonshareError, type WebRtcStackUse, webRtcStackFor } from '@moonshare/contract';
import type { LoadedNative } from '@moonshare/webrtc';
import type { Config } from '../../config/settings.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CHECK = 'webrtc stack';

/** Which stack carries WebRTC in streamers on this machine, and why. */
export function checkWebRtcStack({ webrtcStack, udpPorts }: Config, native: LoadedNative): Finding {
  const setting = `the setting webrtcStack is ${webrtcStack}`;
  let use: WebRtcStackUse;
  try {
    use = webRtcStackFor(webrtcStack, 'reason' in native ? native : null);
  } catch (cause) {
    const { message, hint } = MoonshareError.from(cause);
    return problem(CHECK, `${message}, and no streamer starts, because ${setting}`, hint);
  }
  if ('addon' in native && use.name === 'native') {
    const ports = `viewers may come over UDP and TCP ${udpPorts.from}-${udpPorts.to}`;
    return ok(CHECK, `native, on OpenSSL ${native.addon.openssl} (${setting}); ${ports}`);
  }
  if (use.missing === null) return ok(CHECK, `${use.name} (${setting})`);
  const said = `${use.name} (${setting}), because the native one does not run here: ${use.missing.reason}`;
  return use.missing.fix === null ? ok(CHECK, said) : warning(CHECK, said, use.missing.fix);
}
