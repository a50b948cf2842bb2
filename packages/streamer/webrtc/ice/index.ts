export { type Announcement, CandidateAnnouncer, usableCandidate } from './candidates.ts';
export { nativeIceServers } from './servers.ts';
export { localNetworks } from './targets.ts';
export { freeUdpPort } from './udp-port.ts';
