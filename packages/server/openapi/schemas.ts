import {
  addHostSchema,
  appSchema,
  backupSchema,
  changePasswordSchema,
  changeUserSchema,
  createdLinkSchema,
  createdTokenSchema,
  createLinkSchema,
  createStreamerSchema,
  createTokenSchema,
  createUserSchema,
  detailedHostSchema,
  discoveredHostSchema,
  ensureStreamerSchema,
  errorBodySchema,
  hostIdSchema,
  inputAnswerSchema,
  inputRequestSchema,
  legacySessionSchema,
  linkInfoSchema,
  loginAnswerSchema,
  loginSchema,
  meSchema,
  pairingInfoSchema,
  peerTokenRequestSchema,
  peerTokenSchema,
  serverEventSchema,
  shareInfoSchema,
  shareStreamerSchema,
  streamerDetailSchema,
  streamerInfoSchema,
  streamerStatisticsSchema,
  tokenInfoSchema,
  undetailedHostSchema,
  userInfoSchema,
  viewerInputSchema,
  viewerStatisticsSchema,
} from '@moonshare/contract';
import { z } from 'zod';

/** What callers send. */
export const SENT = {
  CreateStreamer: createStreamerSchema,
  EnsureStreamer: ensureStreamerSchema,
  Input: inputRequestSchema,
  InputEvent: viewerInputSchema,
  PeerTokenRequest: peerTokenRequestSchema,
  CreateLink: createLinkSchema,
  ShareStreamer: shareStreamerSchema,
  Login: loginSchema,
  ChangePassword: changePasswordSchema,
  CreateUser: createUserSchema,
  ChangeUser: changeUserSchema,
  CreateToken: createTokenSchema,
  AddHost: addHostSchema,
  HostId: hostIdSchema,
};

/** What they get. */
const ANSWERED = {
  Error: errorBodySchema,
  StreamerInfo: streamerInfoSchema,
  StreamerDetail: streamerDetailSchema,
  StreamerStatistics: streamerStatisticsSchema,
  ViewerStatistics: viewerStatisticsSchema,
  StreamerList: z.object({ streamers: z.array(streamerInfoSchema) }),
  InputAnswer: inputAnswerSchema,
  Event: serverEventSchema,
  PeerToken: peerTokenSchema,
  LinkInfo: linkInfoSchema,
  LinkList: z.object({ links: z.array(linkInfoSchema) }),
  CreatedLink: createdLinkSchema,
  ShareInfo: shareInfoSchema,
  ShareList: z.object({ shares: z.array(shareInfoSchema) }),
  LoginAnswer: loginAnswerSchema,
  Me: meSchema,
  UserInfo: userInfoSchema,
  UserList: z.object({ users: z.array(userInfoSchema) }),
  TokenInfo: tokenInfoSchema,
  TokenList: z.object({ tokens: z.array(tokenInfoSchema) }),
  CreatedToken: createdTokenSchema,
  UndetailedHost: undetailedHostSchema,
  HostList: z.object({ hosts: z.array(undetailedHostSchema) }),
  DiscoveredHostList: z.object({ hosts: z.array(discoveredHostSchema) }),
  HostAnswer: z.object({ host: detailedHostSchema }),
  PairingInfo: pairingInfoSchema,
  AppList: z.object({ apps: z.array(appSchema) }),
  LegacySessionList: z.object({ sessions: z.array(legacySessionSchema) }),
  Success: z.object({ success: z.boolean() }),
  Status: z.object({ status: z.string() }),
  Backup: backupSchema,
};

/** The values of what is sent, checked, and of what is answered. */
export type Sent = { [Name in keyof typeof SENT]: z.output<(typeof SENT)[Name]> };
export type Answered = { [Name in keyof typeof ANSWERED]: z.output<(typeof ANSWERED)[Name]> };

export type SentName = keyof typeof SENT;
export type AnsweredName = keyof typeof ANSWERED;

/** JSON Schema, as far as this package reads it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  [key: string]: unknown;
}

/** `#/components/schemas`: every schema of the contract that a route uses, under its name. */
export function componentSchemas(): Record<string, JsonSchema> {
  return { ...convert(SENT, 'input'), ...convert(ANSWERED, 'output') };
}

export function reference(name: SentName | AnsweredName): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function convert(schemas: Record<string, z.ZodType>, io: 'input' | 'output'): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, {
    io,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // Answers grow; and no bound is worth reading that only says "a number of JavaScript".
      if (io === 'output') delete jsonSchema.additionalProperties;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return Object.fromEntries(
    Object.entries(converted.schemas).map(([name, { $schema: _schema, $id: _id, ...schema }]) => [
      name,
      schema as JsonSchema,
    ]),
  );
}
