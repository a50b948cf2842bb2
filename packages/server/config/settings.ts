import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  controlPolicySchema,
  hostEncryptionSettingSchema,
  iceServerSchema,
  transportChoiceSchema,
  webRtcStackChoiceSchema,
} from '@moonshare/contract';
import { z } from 'zod';
import { addressRange } from '../auth/address.ts';
import { hostAddress, httpUrl, json, list, port, portRange, strict, toggle } from './field-schemas.ts';

interface Setting<T extends z.ZodType> {
  /** Environment variables; the first one set wins. */
  env: [string, ...string[]];
  /** Accepts the text of a variable or a flag as well as a value in a file. */
  schema: T;
  /** One line, for --help and docs/settings.md. */
  doc: string;
  /** Never printed. */
  secret?: boolean;
  /** For the docs, if the default differs between machines. */
  defaultText?: string;
}

function setting<T extends z.ZodType>(s: Setting<T>): Setting<T> {
  return s;
}

/**
 * All settings: environment variables, format, default and meaning. The name is the key in a settings file, and the flag is
 * derived from it: udpPorts, --udp-ports.
 */
export const SETTINGS = {
  port: setting({
    env: ['MOONSHARE_PORT', 'PORT'],
    schema: port.default(8080),
    doc: 'TCP port of the HTTP server; 0 picks a free one.',
  }),
  bind: setting({
    env: ['MOONSHARE_BIND'],
    schema: z.string().min(1).default('127.0.0.1'),
    doc: 'Address to listen on. 0.0.0.0 accepts connections from other machines.',
  }),
  credentials: setting({
    env: ['MOONSHARE_CREDENTIALS'],
    schema: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    doc: 'The shared Bearer credentials of the API, which carry all rights. Not needed where people use accounts and API tokens.',
    secret: true,
  }),
  pathPrefix: setting({
    env: ['MOONSHARE_PATH_PREFIX'],
    schema: z
      .string()
      .regex(/^\/?([\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*)?\/?$/, 'must be a URL path')
      .transform((text) => text.replace(/^\/*|\/+$/g, ''))
      .transform((text) => (text === '' ? '' : `/${text}`))
      .default(''),
    doc: 'Path prefix of everything, for a proxy that passes it on: /moonshare.',
  }),
  publicUrl: setting({
    env: ['MOONSHARE_PUBLIC_URL'],
    schema: httpUrl.optional(),
    doc: 'Where browsers find this server when a proxy is in front, path included: https://moon.example/play. Links start with it.',
  }),
  hostNames: setting({
    env: ['MOONSHARE_HOST_NAMES'],
    schema: list(z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'must be a host name')).default([]),
    doc: 'Names by which browsers reach this server where publicUrl is not set: moon.lan,... A link uses the name that the caller used if it is one of these or of this machine, otherwise the address that the caller reached.',
  }),
  tlsCert: setting({
    env: ['MOONSHARE_TLS_CERT'],
    schema: z.string().min(1).optional(),
    doc: 'PEM file with the TLS certificate, followed by its chain; turns on HTTPS. A new file is picked up without a restart.',
  }),
  tlsKey: setting({
    env: ['MOONSHARE_TLS_KEY'],
    schema: z.string().min(1).optional(),
    doc: 'PEM file with the private key of the TLS certificate.',
  }),
  maxConnections: setting({
    env: ['MOONSHARE_MAX_CONNECTIONS'],
    schema: z.coerce.number().int().min(1).max(100_000).default(2000),
    doc: 'Open connections to the HTTP server, WebSockets included. At the limit, connections that have shown no right to be there are closed first, starting with the address that has the most.',
  }),
  allowedOrigins: setting({
    env: ['MOONSHARE_ALLOWED_ORIGINS'],
    schema: list(z.url()).default([]),
    doc: 'Web origins besides our own whose pages may show streams, in a frame (/embed/ID) or with @moonshare/client, open sockets and make changes: https://platform.example,...',
  }),
  mcp: setting({
    env: ['MOONSHARE_MCP'],
    schema: toggle.default(true),
    doc: 'Whether agents can use the API as an MCP server at /mcp, with the same tokens and rights. `moonshare mcp` works either way.',
  }),
  trustedProxies: setting({
    env: ['MOONSHARE_TRUSTED_PROXIES'],
    schema: list(z.string().refine((text) => addressRange(text) !== null, 'must be an address or a range')).default([]),
    doc: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto headers are trusted: 127.0.0.1,10.0.0.0/8,...',
  }),
  proxyUserHeader: setting({
    env: ['MOONSHARE_PROXY_USER_HEADER'],
    schema: z
      .string()
      .regex(/^[\w-]+$/, 'must be the name of a header')
      .transform((text) => text.toLowerCase())
      .optional(),
    doc: 'Header in which a trusted proxy names the user who is logged in there, by a user name of this server; the proxy must strip it from what browsers send.',
  }),
  data: setting({
    env: ['MOONSHARE_DATA'],
    schema: z
      .string()
      .min(1)
      .default(join(homedir(), '.local', 'share', 'moonshare')),
    doc: 'Directory for the database (hosts, pairings, keys) and compiled code.',
    defaultText: '~/.local/share/moonshare',
  }),
  hosts: setting({
    env: ['MOONSHARE_HOSTS'],
    schema: list(hostAddress).default([]),
    doc: 'GameStream hosts, address[:port],...; they get the host ids 0, 1, ... in this order. An IPv6 address with a port goes in brackets; a link-local one names the interface: fe80::1%eth0.',
  }),
  internalPairingPin: setting({
    env: ['MOONLIGHT_INTERNAL_PAIRING_PIN'],
    schema: z
      .string()
      .regex(/^\d{4}$/, 'must be 4 digits')
      .optional(),
    doc: 'PIN that the hosts enter by themselves, so that new pairings need nobody at the host.',
    secret: true,
  }),
  udpPorts: setting({
    env: ['MOONSHARE_UDP_PORTS'],
    schema: portRange.default({ from: 21_000, to: 21_199 }),
    doc: 'UDP port range for browsers, from-to; each streamer uses one port for all its viewers. With the native WebRTC stack it listens there over TCP too.',
  }),
  publicAddress: setting({
    env: ['MOONSHARE_PUBLIC_ADDRESS'],
    schema: z.union([z.ipv4(), z.ipv6()]).optional(),
    doc: 'IP address announced to browsers in place of the local ones (1:1 NAT).',
  }),
  iceServers: setting({
    env: ['MOONSHARE_ICE_SERVERS'],
    schema: json(z.array(strict(iceServerSchema))).default([]),
    doc: 'STUN and TURN servers as JSON: [{"urls":["turn:..."],"username":"","credential":""}].',
    secret: true,
  }),
  turnUrls: setting({
    env: ['MOONSHARE_TURN_URLS'],
    schema: list(z.string().regex(/^turns?:./, 'must be a turn: or turns: address')).default([]),
    doc: 'TURN servers that share MOONSHARE_TURN_SECRET: turn:turn.example:3478,turns:turn.example:5349.',
  }),
  turnSecret: setting({
    env: ['MOONSHARE_TURN_SECRET'],
    schema: z.string().min(1).optional(),
    doc: "Secret shared with the TURN servers (coturn's static-auth-secret); each browser gets credentials that expire.",
    secret: true,
  }),
  turnLifetime: setting({
    env: ['MOONSHARE_TURN_LIFETIME'],
    schema: z.coerce
      .number()
      .int()
      .min(60)
      .max(7 * 24 * 3600)
      .default(24 * 3600),
    doc: 'How many seconds those credentials are valid; a connection through TURN lasts no longer.',
  }),
  transport: setting({
    env: ['MOONSHARE_TRANSPORT'],
    schema: transportChoiceSchema.default('auto'),
    doc: 'What carries picture and sound to browsers: auto (WebRTC, or a WebSocket where UDP does not get through), or always webrtc or websocket. Front ends of the older generation always get WebRTC.',
  }),
  webrtcStack: setting({
    env: ['MOONSHARE_WEBRTC_STACK'],
    schema: webRtcStackChoiceSchema.default('auto'),
    doc: 'What carries WebRTC: auto (our own stack where it runs, which is Linux on x64 and arm64, otherwise node-datachannel), or always native or node-datachannel. With native, no streamer starts where that stack does not run; moonshare doctor says why.',
  }),
  maxViewers: setting({
    env: ['MOONSHARE_MAX_VIEWERS'],
    schema: z.coerce.number().int().min(1).max(1000).default(64),
    doc: 'Viewers per streamer. The last eighth of the places is reserved for those who may control, and a quarter of that for admins; one address gets at most half of them, one link at most three quarters of those for watching.',
  }),
  maxTotalViewers: setting({
    env: ['MOONSHARE_MAX_TOTAL_VIEWERS'],
    schema: z.coerce.number().int().min(1).max(100_000).default(1000),
    doc: 'Viewers of all streamers together, divided in the same way.',
  }),
  maxStreamers: setting({
    env: ['MOONSHARE_MAX_STREAMERS'],
    schema: z.coerce.number().int().min(1).max(10_000).default(100),
    doc: 'Streamers that may run at the same time.',
  }),
  streamerMemoryMb: setting({
    env: ['MOONSHARE_STREAMER_MEMORY_MB'],
    schema: z.coerce.number().int().min(256).max(1_048_576).default(1024),
    doc: 'Resident memory that a streamer process may use; beyond that it is restarted, and its viewers are told why.',
  }),
  maxDecoders: setting({
    env: ['MOONSHARE_MAX_DECODERS'],
    schema: z.coerce.number().int().min(0).max(1000).default(8),
    doc: 'Streamers of which pictures may be taken at the same time (`GET /api/streamers/{id}/screenshot`); each has a decoder process meanwhile.',
  }),
  decoderMemoryMb: setting({
    env: ['MOONSHARE_DECODER_MEMORY_MB'],
    schema: z.coerce.number().int().min(128).max(1_048_576).default(768),
    doc: 'Resident memory that a decoder process may use; beyond that it is ended, and the next picture starts another one.',
  }),
  videoTimeoutSeconds: setting({
    env: ['MOONSHARE_VIDEO_TIMEOUT_SECONDS'],
    schema: z.coerce.number().int().min(1).max(3600).default(2),
    doc: 'A host that still answers but has sent no video for this long counts as lost, and its stream is resumed. Hosts send video even while the picture stands still.',
  }),
  hostEncryption: setting({
    env: ['MOONSHARE_HOST_ENCRYPTION'],
    schema: hostEncryptionSettingSchema.default('auto'),
    doc: 'What is encrypted between hosts and this machine: auto (everything a host offers, unless it is this machine), always (everything, or no stream at all) or never (only what a host insists on). Control and input always are. A streamer can override it: `host_encryption`.',
  }),
  idleMinutes: setting({
    env: ['MOONSHARE_IDLE_MINUTES'],
    schema: z.coerce.number().min(0).max(100_000).default(0),
    doc: 'A streamer that nobody has watched for this long is ended; 0 keeps it running. Legacy sessions have a rule of their own.',
  }),
  keepStreamers: setting({
    env: ['MOONSHARE_KEEP_STREAMERS'],
    schema: toggle.default(false),
    doc: 'Streamers made by POST are kept like those made by PUT: started again with the server until they are deleted.',
  }),
  streamerAccess: setting({
    env: ['MOONSHARE_STREAMER_ACCESS'],
    schema: z.enum(['owners', 'everyone']).default('owners'),
    doc: 'Which streamers a user can reach: owners (their own and those shared with them) or everyone (all users reach all). Admins and the shared credentials reach all.',
  }),
  controlPolicy: setting({
    env: ['MOONSHARE_CONTROL_POLICY'],
    schema: controlPolicySchema.default('union'),
    doc: 'Whose keyboard, mouse and touch reach the host, for streamers that do not say otherwise: union (everybody, merged), exclusive (one holder, whom others ask) or follow (one holder, the last who asked). Gamepads are always free.',
  }),
  agentSeconds: setting({
    env: ['MOONSHARE_AGENT_SECONDS'],
    schema: z.coerce.number().int().min(10).max(86_400).default(60),
    doc: 'How many seconds after its last call an agent still counts as a participant of a streamer, and keeps the controls.',
  }),
  launchLimitSeconds: setting({
    env: ['MOONSHARE_LAUNCH_LIMIT_SECONDS'],
    schema: z.coerce.number().int().min(10).max(3600).default(180),
    doc: 'How long a host may take to start an app, including its preparation commands.',
  }),
  endApps: setting({
    env: ['MOONSHARE_END_APPS'],
    schema: z.enum(['always', 'own', 'never']).default('own'),
    doc: 'Which apps are ended on their host together with their last streamer: always, own (those that Moonshare started) or never.',
  }),
  legacyKeepSeconds: setting({
    env: ['MOONSHARE_LEGACY_KEEP_SECONDS'],
    schema: z.coerce.number().int().min(0).max(86_400).default(0),
    doc: 'How long the session of a legacy front end continues after its socket has closed; 0 ends it at once.',
  }),
  legacyIdleMinutes: setting({
    env: ['MOONSHARE_LEGACY_IDLE_MINUTES'],
    schema: z.coerce.number().min(0).max(100_000).default(60),
    doc: 'A session of a legacy front end that nobody has watched for this long is ended, kept or not; 0 keeps it running.',
  }),
  audit: setting({
    env: ['MOONSHARE_AUDIT'],
    schema: toggle.default(true),
    doc: 'Keep an audit trail in the folder audit of the data directory: who did what and when, never what people type. moonshare audit reads and verifies it.',
  }),
  auditMaxMb: setting({
    env: ['MOONSHARE_AUDIT_MAX_MB'],
    schema: z.coerce.number().int().min(1).max(1_048_576).default(256),
    doc: 'How large the audit trail may become; then its oldest files are removed.',
  }),
  auditMaxDays: setting({
    env: ['MOONSHARE_AUDIT_MAX_DAYS'],
    schema: z.coerce.number().int().min(1).max(36_500).default(90),
    doc: 'After how many days records are removed from the audit trail, a day at a time.',
  }),
  webhookHttp: setting({
    env: ['MOONSHARE_WEBHOOK_HTTP'],
    schema: toggle.default(false),
    doc: 'Webhooks may be sent over plain HTTP too.',
  }),
  webhookPrivateAddresses: setting({
    env: ['MOONSHARE_WEBHOOK_PRIVATE_ADDRESSES'],
    schema: toggle.default(false),
    doc: 'Webhooks may be sent to this machine and its networks too; otherwise only to public addresses.',
  }),
  staticDir: setting({
    env: ['MOONSHARE_STATIC_DIR'],
    schema: z.string().min(1).optional(),
    doc: 'Directory of your own front end, served instead of the web app; links that lead out of it are not followed.',
  }),
  logLevel: setting({
    env: ['MOONSHARE_LOG_LEVEL'],
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    doc: 'fatal, error, warn, info, debug, trace or silent.',
  }),
  serverUrl: setting({
    env: ['MOONSHARE_SERVER_URL'],
    schema: httpUrl.optional(),
    doc: 'Commands only: the running server to talk to, if it is not the one that these settings describe.',
  }),
  token: setting({
    env: ['MOONSHARE_TOKEN'],
    schema: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    doc: 'Commands only: the API token to present to the running server, instead of the credentials.',
    secret: true,
  }),
  demoHost: setting({
    env: ['MOONSHARE_HOST'],
    schema: hostAddress.optional(),
    doc: 'Demo only: the real host to stream from, address[:port], instead of the virtual one.',
  }),
  demoApp: setting({
    env: ['MOONSHARE_APP'],
    schema: z.string().min(1).optional(),
    doc: 'Demo only: title of the app to start; by default Desktop, otherwise the first.',
  }),
};

export type SettingName = keyof typeof SETTINGS;
export type Config = { [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']> };
