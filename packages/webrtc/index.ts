export { type SrtpProfile, SrtpSession } from './srtp/session.ts';
