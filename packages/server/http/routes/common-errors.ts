import type { ErrorCode } from '@moonshare/contract';

/** Where a streamer is named that does not exist, or no longer exists. */
export const NO_STREAMER: readonly ErrorCode[] = ['STREAMER_NOT_FOUND', 'SHUTTING_DOWN'];

/** For everything that sends a request to a host. */
export const HOST_ERRORS: readonly ErrorCode[] = [
  'HOST_NOT_FOUND',
  'HOST_UNREACHABLE',
  'HOST_TIMEOUT',
  'HOST_BAD_REPLY',
  'HOST_UNSUPPORTED',
  'HOST_CERTIFICATE_CHANGED',
  'HOST_REFUSED',
];
