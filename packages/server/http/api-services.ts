import type { Backup } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Accounts } from '../accounts/accounts.ts';
import type { Actions } from '../actions/actions.ts';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { Devices } from '../auth/devices.ts';
import type { Vouchers } from '../auth/vouchers.ts';
import type { EventStream } from '../events/event-stream.ts';
import type { HostRegistry } from '../hosts/registry.ts';
import type { LegacyConnectionHandler } from '../legacy/legacy-connection-handler.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ApiDescription } from '../openapi/api-description.ts';
import type { PeerConnectionHandler } from '../peers/peer-connection-handler.ts';
import type { Pictures } from '../pictures/pictures.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Authenticator } from './authenticator.ts';
import type { OwnNames } from './own-names.ts';
import type { RateLimiters } from './rate-limiters.ts';
import type { StreamerAuthorizer } from './streamer-authorizer.ts';
import type { ViewerAdmission } from './viewer-admission.ts';

/** What must hold for a server to take requests. */
export interface Readiness {
  /** The database is open. */
  store: boolean;
  /** The database accepts writes. */
  writable: boolean;
  listening: boolean;
  stopping: boolean;
}

/** What the API's routes work with. */
export interface ApiServices {
  hosts: HostRegistry;
  streamers: StreamerRegistry;
  accounts: Accounts;
  authenticator: Authenticator;
  streamerAuthorizer: StreamerAuthorizer;
  pictures: Pictures;
  actions: Actions;
  admission: ViewerAdmission;
  vouchers: Vouchers;
  rateLimiters: RateLimiters;
  devices: Devices;
  security: SecurityLog;
  /** null: there is none. */
  audit: AuditTrail | null;
  peerConnections: PeerConnectionHandler;
  legacyConnections: LegacyConnectionHandler;
  metrics: Metrics;
  events: EventStream;
  webhooks: Webhooks;
  readiness: () => Readiness;
  /** Copies the database, on the server's own disk. */
  backup: () => Promise<Backup>;
  description: ApiDescription;
  log: Logger;
  pathPrefix: string;
  publicUrl: string | undefined;
  ownNames: OwnNames;
  /** Streamers made by POST are desired until they are deleted, like those of PUT. */
  keepStreamers: boolean;
}
