export { HostSession, type OpenStream } from './host-session.ts';
export { terminationCode } from './policy.ts';
