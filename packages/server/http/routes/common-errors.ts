import type { ErrorCode } from '@moonshare/contract';

/** Of a streamer's name that is not there, or not any more. */
export const NO_STREAMER: readonly ErrorCode[] = ['STREAMER_NOT_FOUND', 'SHUTTING_DOWN'];

/** Of whatever asks a host something. */
export const HOST_ERRORS: readonly ErrorCode[] = [
  'HOST_NOT_FOUND',
  'HOST_UNREACHABLE',
  'HOST_TIMEOUT',
  'HOST_BAD_REPLY',
  'HOST_UNSUPPORTED',
  'HOST_CERTIFICATE_CHANGED',
  'HOST_REFUSED',
];
