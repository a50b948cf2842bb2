import { parseReply } from '@moonshare/gamestream';
import type { HostFamily } from './types.ts';
import { sealWolfMessages } from './wolf-messages.ts';
import { readWolfAnnounce, readWolfRequest, WOLF_DESCRIPTION } from './wolf-rtsp.ts';
import { WolfSessions } from './wolf-sessions.ts';

/** H.264 and HEVC Main; it serves AV1 too, but does not say so (protocol/5, Wolf 16). */
const CODEC_MODES = 0x1 | 0x100;

/** Wolf, stable branch of October 2024, without patches: protocol/5. */
export const wolf: HostFamily = {
  controlSlots: 20,
  http: {
    statusOf: (xml) => parseReply(xml).statusCode,
    bare: true,
    codecModes: CODEC_MODES,
    generousInfo: true,
    pairedNeedsUniqueId: false,
    silentOnNonsense: true,
    boxArt: false,
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
    keepsInput: true,
    video: { dialect: 'wolf', firstFrame: 0, timed: false },
    audioDialect: 'wolf',
    sealer: ({ key }) => sealWolfMessages(key),
    farewell: (reason) => {
      // The old connection of a session that was resumed lives on, unheard (protocol/5, Wolf 14).
      if (reason === 'replaced') return { told: false, disconnect: null };
      return { told: reason === 'app ended' || reason === 'cancelled', disconnect: 'unsequenced' };
    },
  },
  openSessions: async (options) => new WolfSessions(options),
};
