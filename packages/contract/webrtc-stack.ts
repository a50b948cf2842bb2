import { MoonshareError } from './errors.ts';
import type { WebRtcStackChoice, WebRtcStackName } from './transport.ts';

/** Why our own stack does not run on a machine. `fix`: what a person can do about it; null: nothing, it is not made for such machines. */
export interface MissingStack {
  reason: string;
  fix: string | null;
}

/** The stack that streamers use. `missing`: why it is not our own, which `auto` would prefer. */
export interface WebRtcStackUse {
  name: WebRtcStackName;
  missing: MissingStack | null;
}

/** What a choice means on this machine. `missing`: null where our own stack runs. Throws WEBRTC_STACK_MISSING. */
export function webRtcStackFor(choice: WebRtcStackChoice, missing: MissingStack | null): WebRtcStackUse {
  if (choice === 'node-datachannel') return { name: 'node-datachannel', missing: null };
  if (missing === null) return { name: 'native', missing: null };
  if (choice === 'auto') return { name: 'node-datachannel', missing };
  throw new MoonshareError('WEBRTC_STACK_MISSING', {
    message: `The native WebRTC stack does not run here: ${missing.reason}`,
    hint:
      missing.fix === null
        ? 'Set MOONSHARE_WEBRTC_STACK to auto.'
        : `${missing.fix} Or set MOONSHARE_WEBRTC_STACK to auto.`,
  });
}
