import type { App } from '@moonshare/gamestream';
import type { HttpProfile } from '../http/http-profile.ts';
import type { HostPorts } from '../ports.ts';
import type { DropControl } from '../session/host-media-socket.ts';
import type { EncryptionMode, RtspProfile } from '../session/rtsp-profile.ts';
import type { SessionContext } from '../session/session.ts';
import type { SessionProfile } from '../session/session-profile.ts';
import type { Sessions } from '../session/sessions.ts';

/** All in which the hosts that this one can be like differ. What is not in here is the same for all. */
export interface HostProfile {
  /** ENet connections at the same time. */
  controlSlots: number;
  http: HttpProfile;
  rtsp: RtspProfile;
  session: SessionProfile;
  openSessions(options: SessionsOptions): Promise<Sessions>;
}

export interface SessionsOptions {
  bind: string;
  ports: HostPorts;
  drop: DropControl;
  apps: App[];
  /** Streams at the same time; null = any number. */
  limit: number | null;
  encryptedRtsp: boolean;
  encryption: EncryptionMode;
  context: Omit<SessionContext, 'onEnd' | 'media'>;
}
