import { type CreateGcmOpener, createNodeGcmOpener } from '@moonshare/gamestream';
import { loadNative } from '@moonshare/webrtc';

/** One cipher for each key, where the addon loads; Node cannot use one for a second message. */
export const createGcmOpener: CreateGcmOpener = (key) => {
  const native = loadNative();
  if ('reason' in native) return createNodeGcmOpener(key);
  const { addon } = native;
  const cipher = addon.gcmCreate(key);
  return (message, ivAt, tagAt, sealedAt, plain) => addon.gcmOpen(cipher, message, ivAt, tagAt, sealedAt, plain);
};
