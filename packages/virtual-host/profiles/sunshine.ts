import { randomBytes } from 'node:crypto';
import {
  buildDescribe,
  ControlCipher,
  ENCRYPT_AUDIO,
  ENCRYPT_CONTROL_V2,
  ENCRYPT_VIDEO,
  encodeHostMessage,
  parseAnnounce,
  parseRequest,
} from '@moonshare/gamestream';
import { OPUS_MODES } from '../encode/opus-modes.ts';
import type { EncryptionMode } from '../session/rtsp-profile.ts';
import type { HostProfile } from './host-profile.ts';
import { SunshineSessions } from './sunshine-sessions.ts';

/** H.264, HEVC Main, AV1 Main 8-bit: protocol/1 §4. */
const CODEC_MODES = 0x1 | 0x100 | 0x10000;

/** Pen and touch, controller touch and motion, protocol/2 §4.2. */
const FEATURES = 3;

/** protocol/5, Sunshine 17. */
const ENCRYPTION: Record<EncryptionMode, { supported: number; requested: number }> = {
  off: { supported: ENCRYPT_CONTROL_V2 | ENCRYPT_AUDIO, requested: ENCRYPT_CONTROL_V2 },
  offered: { supported: ENCRYPT_CONTROL_V2 | ENCRYPT_VIDEO | ENCRYPT_AUDIO, requested: ENCRYPT_CONTROL_V2 },
  required: {
    supported: ENCRYPT_CONTROL_V2 | ENCRYPT_VIDEO | ENCRYPT_AUDIO,
    requested: ENCRYPT_CONTROL_V2 | ENCRYPT_VIDEO | ENCRYPT_AUDIO,
  },
};

/** Sunshine since 2025.118. */
export const sunshine: HostProfile = {
  controlSlots: 128,
  http: {
    statusOf: () => 200,
    bare: false,
    codecModes: CODEC_MODES,
    displayModes: null,
    keepsAbandonedPairings: true,
    pairedNeedsUniqueId: true,
    silentOnBadRequest: false,
    boxArt: true,
    repliesTwiceToResume: false,
    closesAbruptly: false,
  },
  rtsp: {
    patienceMs: 5_000,
    read: parseRequest,
    readAnnounce: parseAnnounce,
    silentOnBadAnnounce: false,
    describe: (encryption) =>
      buildDescribe({
        hevc: true,
        av1: true,
        refPicInvalidation: false,
        featureFlags: FEATURES,
        encryption: ENCRYPTION[encryption],
        opusLines: [OPUS_MODES[2].digits, OPUS_MODES[6].digits, OPUS_MODES[8].digits],
      }),
    givesIds: true,
  },
  session: {
    // protocol/1 §8.8, protocol/2 §5.
    patienceMs: 10_000,
    // Its ports open at ANNOUNCE.
    keepsEarlyPings: false,
    sharesFirstPings: true,
    keepsInput: false,
    pausesOnDeath: false,
    dropsWheelSteps: false,
    video: { variant: 'sunshine', firstFrame: 1, timed: true, paced: true },
    audioVariant: 'sunshine',
    sealer: ({ key, controlV2 }) => {
      const cipher = new ControlCipher({ key, style: controlV2 ? 'v2' : 'old', role: 'host' });
      return (message) => cipher.seal(encodeHostMessage(message));
    },
    pingPayload: () => randomBytes(8).toString('hex').toUpperCase(),
    // Only the end of the app is announced; otherwise the client just sees the connection close (protocol/2 §3.6).
    farewell: (reason) =>
      reason === 'app ended'
        ? { terminations: 1, disconnect: 'reliable' }
        : { terminations: 0, disconnect: 'unsequenced' },
  },
  openSessions: (options) => SunshineSessions.open(options),
};
