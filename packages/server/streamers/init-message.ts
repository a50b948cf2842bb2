import { type CreateStreamer, streamSettingsSchema, type ToStreamer } from '@moonshare/contract';
import type { Host } from '../hosts/index.ts';
import type { Allocation } from './allocation.ts';
import type { StreamerServices } from './streamer.ts';

/** All that a streamer process has to know before it starts. `resume`: a process before it had the host session up. */
export function initMessage(o: {
  id: string;
  host: Pick<Host, 'address' | 'httpPort' | 'certificate'>;
  request: CreateStreamer;
  allocation: Pick<Allocation, 'lease' | 'app' | 'udpPort'>;
  services: Pick<StreamerServices, 'webrtc' | 'logLevel' | 'videoTimeoutMs' | 'launchLimitMs' | 'hostEncryption'>;
  resume: boolean;
}): ToStreamer {
  const { host, allocation, services } = o;
  const { ice, bindAddress, publicAddress, maxViewers } = services.webrtc;
  const settings = streamSettingsSchema.parse(o.request);
  return {
    type: 'init',
    streamerId: o.id,
    host: { address: host.address, httpPort: host.httpPort, certificate: host.certificate },
    identity: allocation.lease.identity,
    app: allocation.app,
    settings: { ...settings, host_encryption: settings.host_encryption ?? services.hostEncryption },
    resume: o.resume,
    videoTimeoutMs: services.videoTimeoutMs,
    launchLimitMs: services.launchLimitMs,
    webrtc: {
      iceServers: ice.forStreamer(),
      udpPort: allocation.udpPort,
      ...(bindAddress === undefined ? {} : { bindAddress }),
      ...(publicAddress === undefined ? {} : { publicAddress }),
      maxViewers,
    },
    logLevel: services.logLevel,
  };
}
