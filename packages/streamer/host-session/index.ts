export { HostSession, type OpenStream } from './host-session.ts';
