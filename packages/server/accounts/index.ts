export { Accounts } from './accounts.ts';
export type { ApiToken } from './api-tokens.ts';
export type { JoinLink } from './join-links.ts';
export type { Session } from './sessions.ts';
export type { Standing } from './streamer-access.ts';
export type { User } from './users.ts';
