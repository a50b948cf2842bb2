import { buildDescribe, ENCRYPT_AUDIO, ENCRYPT_CONTROL_V2, ENCRYPT_VIDEO } from '@moonshare/gamestream';
import { OPUS_MODES } from '../encode/opus-encoder.ts';

const ENCRYPT_ALL = ENCRYPT_CONTROL_V2 | ENCRYPT_VIDEO | ENCRYPT_AUDIO;

/** Pen and touch, controller touch and motion, protocol/2 §4.2. */
const FEATURES = 3;

/** The DESCRIBE body: what this host can do, protocol/1 §8.4. */
export function describe(requireEncryption: boolean): string {
  return buildDescribe({
    hevc: true,
    av1: true,
    refPicInvalidation: false,
    featureFlags: FEATURES,
    encryption: { supported: ENCRYPT_ALL, requested: requireEncryption ? ENCRYPT_ALL : ENCRYPT_CONTROL_V2 },
    opusLines: [OPUS_MODES[2].digits, OPUS_MODES[6].digits, OPUS_MODES[8].digits],
  });
}
