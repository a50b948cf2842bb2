import type { Quirks } from '../quirks.ts';

/** A ping payload of characters that parsers trip over. */
export const ODD_PAYLOAD = `:;"= ,'<>{}|~!@#`.replace(' ', '%');
/** Each quirk once, with values that a client can stand. */
export const ALL_QUIRKS: Required<Quirks> = {
  pingPayload: ODD_PAYLOAD,
  packetSize: 700,
  sessionAddress: '203.0.113.7',
  rtspRefusedMs: 300,
  rtspBytewise: true,
  rtspReset: true,
  neverClose: true,
  pausesOnDeath: 'off',
  xtest: true,
  keyFrames: 3,
  readsOn: true,
  keyFrameBytes: 600_000,
  frameBytes: 5_000,
  launchMs: 300,
  parameterSetsOnce: true,
};
