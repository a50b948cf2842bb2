import type { HostEncryption } from '@moonshare/contract';

/** Of the host that fake streamers claim to stream from. */
export const FAKE_ENCRYPTION: HostEncryption = {
  control: true,
  input: true,
  video: false,
  audio: true,
  older_control: true,
};
