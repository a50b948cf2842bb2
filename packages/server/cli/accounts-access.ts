import type { MoonshareApi } from '@moonshare/api';
import {
  type CreatedToken,
  changeUserSchema,
  createTokenSchema,
  createUserSchema,
  type TokenInfo,
  type UserInfo,
} from '@moonshare/contract';
import type { z } from 'zod';
import { Accounts } from '../accounts/accounts.ts';
import type { Config } from '../config/settings.ts';
import { parse } from '../http/errors.ts';
import { withDatabase } from './local-database.ts';

type NewUser = z.input<typeof createUserSchema>;
type UserChange = z.input<typeof changeUserSchema>;
type NewToken = z.input<typeof createTokenSchema>;

/** Users and tokens, wherever they can be reached. */
export interface AccountsAccess {
  users(): Promise<UserInfo[]>;
  addUser(user: NewUser): Promise<UserInfo>;
  changeUser(name: string, change: UserChange): Promise<UserInfo>;
  removeUser(name: string): Promise<void>;
  tokens(): Promise<TokenInfo[]>;
  addToken(token: NewToken): Promise<CreatedToken>;
  removeToken(id: number): Promise<void>;
}

/** In the database, or on the server that has it open. */
export function withAccounts<T>(config: Config, work: (access: AccountsAccess) => Promise<T>): Promise<T> {
  return withDatabase(config, {
    here: (database) => work(ofStore(new Accounts(database))),
    onServer: (client) => work(ofServer(client)),
  });
}

function ofStore({ users, tokens }: Accounts): AccountsAccess {
  return {
    users: async () => users.list(),
    addUser: async (user) => users.create(parse(createUserSchema, user)),
    changeUser: async (name, change) => users.change(name, parse(changeUserSchema, change)),
    removeUser: async (name) => users.remove(name),
    tokens: async () => tokens.list(),
    addToken: async (token) => {
      const { expires_in, ...rest } = parse(createTokenSchema, token);
      return tokens.create({ ...rest, expiresInSeconds: expires_in, user: null, madeWith: null });
    },
    removeToken: async (id) => tokens.remove(id),
  };
}

function ofServer(server: MoonshareApi): AccountsAccess {
  return {
    users: async () => (await server.listUsers()).users,
    addUser: (user) => server.createUser(user),
    changeUser: (name, change) => server.changeUser(name, change),
    removeUser: (name) => server.removeUser(name),
    tokens: async () => (await server.listTokens()).tokens,
    addToken: (token) => server.createToken(token),
    removeToken: (id) => server.revokeToken(id),
  };
}
