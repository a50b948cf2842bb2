import * as contract from '@moonshare/contract';
import { z } from 'zod';

/** What callers send. */
export const SENT = {
  CreateStreamer: contract.createStreamerSchema,
  EnsureStreamer: contract.ensureStreamerSchema,
  ChangeStreamer: contract.changeStreamerSchema,
  Input: contract.inputRequestSchema,
  Actions: contract.actionsRequestSchema,
  InputEvent: contract.viewerInputSchema,
  ChangeControl: contract.changeControlSchema,
  ControlAction: contract.controlActionSchema,
  ChangePeer: contract.changePeerSchema,
  WaitRequest: contract.waitRequestSchema,
  PeerTokenRequest: contract.peerTokenRequestSchema,
  CreateLink: contract.createLinkSchema,
  RedeemVoucher: contract.redeemVoucherSchema,
  ShareStreamer: contract.shareStreamerSchema,
  Login: contract.loginSchema,
  ChangePassword: contract.changePasswordSchema,
  CreateUser: contract.createUserSchema,
  ChangeUser: contract.changeUserSchema,
  CreateToken: contract.createTokenSchema,
  CreateWebhook: contract.createWebhookSchema,
  AddHost: contract.addHostSchema,
  HostId: contract.hostIdSchema,
};

/** What callers receive. */
const ANSWERED = {
  Error: contract.errorBodySchema,
  StreamerInfo: contract.streamerInfoSchema,
  StreamerDetail: contract.streamerDetailSchema,
  StreamerStatistics: contract.streamerStatisticsSchema,
  ViewerStatistics: contract.viewerStatisticsSchema,
  StreamerList: z.object({ streamers: z.array(contract.streamerInfoSchema) }),
  ParticipantList: z.object({ participants: z.array(contract.participantSchema) }),
  ControlState: contract.controlStateSchema,
  InputAnswer: contract.inputAnswerSchema,
  ActionsAnswer: contract.actionsAnswerSchema,
  WaitAnswer: contract.waitAnswerSchema,
  Event: contract.serverEventSchema,
  PeerToken: contract.peerTokenSchema,
  LinkInfo: contract.linkInfoSchema,
  LinkList: z.object({ links: z.array(contract.linkInfoSchema) }),
  CreatedLink: contract.createdLinkSchema,
  Voucher: contract.voucherSchema,
  ShareInfo: contract.shareInfoSchema,
  ShareList: z.object({ shares: z.array(contract.shareInfoSchema) }),
  LoginAnswer: contract.loginAnswerSchema,
  Me: contract.meSchema,
  UserInfo: contract.userInfoSchema,
  UserList: z.object({ users: z.array(contract.userInfoSchema) }),
  CreatedWebhook: contract.createdWebhookSchema,
  WebhookDeliveryList: z.object({ deliveries: z.array(contract.webhookDeliverySchema) }),
  WebhookList: z.object({ webhooks: z.array(contract.webhookInfoSchema) }),
  TokenInfo: contract.tokenInfoSchema,
  TokenList: z.object({ tokens: z.array(contract.tokenInfoSchema) }),
  CreatedToken: contract.createdTokenSchema,
  UndetailedHost: contract.undetailedHostSchema,
  HostList: z.object({ hosts: z.array(contract.undetailedHostSchema) }),
  DiscoveredHostList: z.object({ hosts: z.array(contract.discoveredHostSchema) }),
  HostAnswer: z.object({ host: contract.detailedHostSchema }),
  PairingInfo: contract.pairingInfoSchema,
  AppList: z.object({ apps: z.array(contract.appSchema) }),
  LegacySessionList: z.object({ sessions: z.array(contract.legacySessionSchema) }),
  Success: z.object({ success: z.boolean() }),
  Status: z.object({ status: z.string() }),
  Backup: contract.backupSchema,
};

/** The values of what is sent, once validated, and of what is answered. */
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

/** `#/components/schemas`: every schema of the contract that a route uses, by name. */
export function componentSchemas(): Record<string, JsonSchema> {
  return { ...convert(SENT, 'input'), ...convert(ANSWERED, 'output') };
}

/** What a field of a query may be, if it is one of some values. */
export function choicesOf(field: z.ZodType): unknown[] | undefined {
  return z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' }).enum;
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
      // Answers may grow, and the bounds of safe integers are not worth reading.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
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
