import type { App } from '@moonshare/gamestream';
import type { HttpProfile } from '../http/http-profile.ts';
import type { HostPorts } from '../ports.ts';
import type { DropControl } from '../session/host-media-socket.ts';
import type { EncryptionMode, RtspProfile } from '../session/rtsp-profile.ts';
import type { SessionContext } from '../session/session.ts';
import type { SessionProfile } from '../session/session-profile.ts';
import type { Sessions } from '../session/sessions.ts';

/** All differences between the hosts that this one imitates. Whatever is not in here is the same for all. */
export interface HostProfile {
  /** Simultaneous ENet connections. */
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
  /** Most streams at the same time; null: no limit. */
  limit: number | null;
  encryptedRtsp: boolean;
  encryption: EncryptionMode;
  context: Omit<SessionContext, 'onEnd' | 'media'>;
}
