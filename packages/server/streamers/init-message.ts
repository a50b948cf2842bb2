import {
  type CreateStreamer,
  type HostEncryptionSetting,
  streamSettingsSchema,
  type ToStreamer,
  type WebRtcStackChoice,
} from '@moonshare/contract';
import type { Host } from '../hosts/host.ts';
import type { Allocation } from './allocation.ts';
import type { IceServers } from './ice-servers.ts';

/** The settings that all streamers of this server share. */
export interface ProcessSettings {
  webrtc: {
    ice: IceServers;
    bindAddress: string | undefined;
    publicAddress: string | undefined;
    maxViewers: number;
    stack: WebRtcStackChoice;
  };
  /** For streamers that do not set it. */
  hostEncryption: HostEncryptionSetting;
  /** How long a host’s video may be silent. */
  videoTimeoutMs: number;
  /** How long `/launch` may stay unanswered. */
  launchLimitMs: number;
  logLevel: string;
}

/** Everything that a streamer process has to know at its start. `resume`: a previous process had the host session up. */
export function initMessage({
  id,
  host,
  request,
  allocation,
  services,
  resume,
}: {
  id: string;
  host: Pick<Host, 'address' | 'httpPort' | 'certificate'>;
  request: CreateStreamer;
  allocation: Pick<Allocation, 'lease' | 'app' | 'udpPort'>;
  services: ProcessSettings;
  resume: boolean;
}): ToStreamer {
  const { ice, bindAddress, publicAddress, maxViewers, stack } = services.webrtc;
  const settings = streamSettingsSchema.parse(request);
  return {
    type: 'init',
    streamerId: id,
    host: { address: host.address, httpPort: host.httpPort, certificate: host.certificate },
    identity: allocation.lease.identity,
    app: allocation.app,
    settings: { ...settings, host_encryption: settings.host_encryption ?? services.hostEncryption },
    resume,
    videoTimeoutMs: services.videoTimeoutMs,
    launchLimitMs: services.launchLimitMs,
    webrtc: {
      iceServers: ice.forStreamer(),
      udpPort: allocation.udpPort,
      ...(bindAddress === undefined ? {} : { bindAddress }),
      ...(publicAddress === undefined ? {} : { publicAddress }),
      maxViewers,
      stack,
    },
    logLevel: services.logLevel,
  };
}
