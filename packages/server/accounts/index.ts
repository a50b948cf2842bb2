export { Accounts } from './accounts.ts';
export type { ApiToken } from './api-tokens.ts';

export type { JoinLink, JoinLinks } from './join-links.ts';
export type { Session } from './sessions.ts';
export type { Shares } from './shares.ts';
export type { Standing } from './streamer-access.ts';
export type { User } from './users.ts';
