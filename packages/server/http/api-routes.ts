import type { Route } from './route.ts';
import { ACTION_ROUTES } from './routes/actions.ts';
import { BACKUP_ROUTES } from './routes/backup.ts';
import { CONTROL_ROUTES } from './routes/control.ts';
import { DOCS_ROUTES } from './routes/docs.ts';
import { HOST_ROUTES } from './routes/hosts.ts';
import { LEGACY_ROUTES } from './routes/legacy.ts';
import { LINK_ROUTES } from './routes/links.ts';
import { LOGIN_ROUTES } from './routes/login.ts';
import { OPERATIONS_ROUTES } from './routes/operations.ts';
import { PAIR_ROUTES } from './routes/pair.ts';
import { PEER_ROUTES } from './routes/peers.ts';
import { PICTURE_ROUTES } from './routes/pictures.ts';
import { SHARE_ROUTES } from './routes/shares.ts';
import { STREAMER_ROUTES } from './routes/streamers.ts';
import { TOKEN_ROUTES } from './routes/tokens.ts';
import { USER_ROUTES } from './routes/users.ts';
import { VOUCHER_ROUTES } from './routes/vouchers.ts';
import { WEBHOOK_ROUTES } from './routes/webhooks.ts';

/** The whole API, in the order in which the description lists it. */
export const API_ROUTES: readonly Route[] = [
  ...STREAMER_ROUTES,
  ...ACTION_ROUTES,
  ...PICTURE_ROUTES,
  ...PEER_ROUTES,
  ...CONTROL_ROUTES,
  ...LINK_ROUTES,
  ...VOUCHER_ROUTES,
  ...SHARE_ROUTES,
  ...LEGACY_ROUTES,
  ...HOST_ROUTES,
  ...PAIR_ROUTES,
  ...LOGIN_ROUTES,
  ...USER_ROUTES,
  ...TOKEN_ROUTES,
  ...OPERATIONS_ROUTES,
  ...WEBHOOK_ROUTES,
  ...BACKUP_ROUTES,
  ...DOCS_ROUTES,
];
