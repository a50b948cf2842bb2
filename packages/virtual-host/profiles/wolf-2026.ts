import type { DisplayMode } from '@moonshare/gamestream';
import type { HostProfile } from './host-profile.ts';
import { wolf } from './wolf.ts';
import { printablePayload, Wolf2026Sessions } from './wolf-2026-sessions.ts';

/** The modes it lists, in its order, protocol/5: up to 240 Hz for the smaller sizes, up to 120 Hz for the larger ones. */
const FAST =
  '1280x720 1600x900 1920x1080 2560x1440 1280x800 1440x900 1680x1050 1920x1200 2560x1080 3440x1440 3840x1080 5120x1440 1024x768 1280x960 1280x1024 1600x1200';
const SLOW =
  '3200x1800 3840x2160 5120x2880 7680x4320 2560x1600 2880x1800 3840x2400 2160x1440 2256x1504 2560x1700 3000x2000 3240x2160 3840x1600 5120x2160 7680x2160 2048x1536';
const FAST_RATES = [240, 165, 144, 120, 90, 60, 30];
const SLOW_RATES = [120, 90, 60, 30];

/** Wolf of June 2026, without patches: protocol/5, "Seen later" 6 to 12. Otherwise it is like the older one. */
export const wolf2026: HostProfile = {
  ...wolf,
  http: {
    ...wolf.http,
    displayModes: [...displayModes(FAST, FAST_RATES), ...displayModes(SLOW, SLOW_RATES)],
    repliesTwiceToResume: true,
    closesAbruptly: true,
  },
  rtsp: { ...wolf.rtsp, givesIds: true },
  session: {
    ...wolf.session,
    pingPayload: printablePayload,
    // It announces the end twice and waits for the client to leave.
    farewell: (reason) => ({
      terminations: reason === 'app ended' || reason === 'cancelled' ? 2 : 0,
      disconnect: null,
    }),
  },
  openSessions: (options) => Wolf2026Sessions.open(options),
};

function displayModes(sizes: string, rates: number[]): DisplayMode[] {
  return sizes.split(' ').flatMap((size) => {
    const [width = 0, height = 0] = size.split('x').map(Number);
    return rates.map((fps) => ({ width, height, fps }));
  });
}
