export { type Announcement, CandidateAnnouncer, usableCandidate } from './candidates.ts';
export { nativeIceServers } from './servers.ts';
export { freeUdpPort } from './udp-port.ts';
