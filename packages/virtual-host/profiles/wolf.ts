import { parseReply } from '@moonshare/gamestream';
import type { HostProfile } from './host-profile.ts';
import { sealWolfMessages } from './wolf-messages.ts';
import { readWolfAnnounce, readWolfRequest, WOLF_DESCRIPTION } from './wolf-rtsp.ts';
import { WolfSessions } from './wolf-sessions.ts';

/** H.264 and HEVC Main; it serves AV1 too, but does not list it (protocol/5, Wolf 16). */
const CODEC_MODES = 0x1 | 0x100;

const DISPLAY_MODES = [
  { width: 1920, height: 1080, fps: 60 },
  { width: 1280, height: 720, fps: 60 },
];

/** Wolf, stable branch of October 2024, without patches: protocol/5. */
export const wolf: HostProfile = {
  controlSlots: 20,
  http: {
    statusOf: (xml) => parseReply(xml).statusCode,
    bare: true,
    codecModes: CODEC_MODES,
    displayModes: DISPLAY_MODES,
    keepsAbandonedPairings: false,
    pairedNeedsUniqueId: false,
    silentOnBadRequest: true,
    boxArt: false,
    repliesTwiceToResume: false,
    closesAbruptly: false,
  },
  rtsp: {
    patienceMs: 2_500,
    read: readWolfRequest,
    readAnnounce: readWolfAnnounce,
    silentOnBadAnnounce: true,
    describe: () => WOLF_DESCRIPTION,
    givesIds: false,
  },
  session: {
    patienceMs: null,
    keepsEarlyPings: false,
    sharesFirstPings: false,
    keepsInput: true,
    pausesOnDeath: true,
    // Inferred from Linux hosts, not observed (protocol/5, Sunshine 16).
    dropsWheelSteps: true,
    video: { variant: 'wolf', firstFrame: 0, timed: false, paced: false },
    audioVariant: 'wolf',
    sealer: ({ key }) => sealWolfMessages(key),
    // It gives none to clients.
    pingPayload: () => '0'.repeat(16),
    farewell: (reason) => {
      // The old connection of a resumed session lives on, ignored (protocol/5, Wolf 14).
      if (reason === 'replaced') return { terminations: 0, disconnect: null };
      return { terminations: reason === 'app ended' || reason === 'cancelled' ? 1 : 0, disconnect: 'unsequenced' };
    },
  },
  openSessions: async (options) => new WolfSessions(options),
};
