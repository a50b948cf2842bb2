import { homedir } from 'node:os';
import { join } from 'node:path';
import { hostEncryptionSettingSchema, iceServerSchema } from '@moonshare/contract';
import { z } from 'zod';
import { addressRange } from '../auth/index.ts';
import { hostAddress, httpUrl, json, list, port, portRange, strict, toggle } from './field-schemas.ts';

interface Setting<T extends z.ZodType> {
  /** Environment variables, the first that is set wins. */
  env: [string, ...string[]];
  /** Takes the text of a variable or a flag as well as the value of a file. */
  schema: T;
  /** One line, for --help and docs/settings.md. */
  doc: string;
  /** Never printed. */
  secret?: boolean;
  /** Of a default that is another one on each machine, for the docs. */
  defaultText?: string;
}

function setting<T extends z.ZodType>(s: Setting<T>): Setting<T> {
  return s;
}

/**
 * Every setting there is: environment variables, form, default and meaning. The name is the key in a settings file; the flag is
 * made of it: udpPorts, --udp-ports.
 */
export const SETTINGS = {
  port: setting({
    env: ['MOONSHARE_PORT', 'PORT'],
    schema: port.default(8080),
    doc: 'TCP port of the HTTP server; 0 takes a free one.',
  }),
  bind: setting({
    env: ['MOONSHARE_BIND'],
    schema: z.string().min(1).default('127.0.0.1'),
    doc: 'Address to listen on. 0.0.0.0 lets other machines in.',
  }),
  credentials: setting({
    env: ['MOONSHARE_CREDENTIALS'],
    schema: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    doc: 'The shared Bearer credentials of the API, with all rights. None are needed where users and API tokens are used.',
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
    doc: 'Path in front of everything, as a proxy passes it on: /moonshare.',
  }),
  publicUrl: setting({
    env: ['MOONSHARE_PUBLIC_URL'],
    schema: httpUrl.optional(),
    doc: 'Where browsers find this server, path included, when a proxy is in front: https://moon.example/play. Links start with it.',
  }),
  hostNames: setting({
    env: ['MOONSHARE_HOST_NAMES'],
    schema: list(z.string().regex(/^[\w-]+(\.[\w-]+)*$/, 'must be a host name')).default([]),
    doc: 'Names by which browsers find this server where publicUrl is not set: moon.lan,... Links have the name that the caller used if it is one of these or of this machine, else the address that the caller reached.',
  }),
  tlsCert: setting({
    env: ['MOONSHARE_TLS_CERT'],
    schema: z.string().min(1).optional(),
    doc: 'PEM file of the TLS certificate, its chain after it; makes the server speak HTTPS. A new file is used as soon as it is there.',
  }),
  tlsKey: setting({
    env: ['MOONSHARE_TLS_KEY'],
    schema: z.string().min(1).optional(),
    doc: 'PEM file of the key of the TLS certificate.',
  }),
  maxConnections: setting({
    env: ['MOONSHARE_MAX_CONNECTIONS'],
    schema: z.coerce.number().int().min(1).max(100_000).default(2000),
    doc: 'Open connections to the HTTP server, WebSockets included. When all are taken, those go first that have shown no right to be there, of the address that has most.',
  }),
  allowedOrigins: setting({
    env: ['MOONSHARE_ALLOWED_ORIGINS'],
    schema: list(z.url()).default([]),
    doc: 'Web origins besides our own that may open sockets and change things: https://platform.example,...',
  }),
  trustedProxies: setting({
    env: ['MOONSHARE_TRUSTED_PROXIES'],
    schema: list(z.string().refine((text) => addressRange(text) !== null, 'must be an address or a range')).default([]),
    doc: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: 127.0.0.1,10.0.0.0/8,...',
  }),
  proxyUserHeader: setting({
    env: ['MOONSHARE_PROXY_USER_HEADER'],
    schema: z
      .string()
      .regex(/^[\w-]+$/, 'must be the name of a header')
      .transform((text) => text.toLowerCase())
      .optional(),
    doc: 'Header in which a trusted proxy says who is logged in there, by the name of a user here; the proxy must remove it from what browsers send.',
  }),
  data: setting({
    env: ['MOONSHARE_DATA'],
    schema: z
      .string()
      .min(1)
      .default(join(homedir(), '.local', 'share', 'moonshare')),
    doc: 'Directory of the database (hosts, pairings, keys) and of compiled code.',
    defaultText: '~/.local/share/moonshare',
  }),
  hosts: setting({
    env: ['MOONSHARE_HOSTS'],
    schema: list(hostAddress).default([]),
    doc: 'GameStream hosts, address[:port],...; they get the host ids 0, 1, ... in this order. IPv6 with a port in brackets; link-local with the interface: fe80::1%eth0.',
  }),
  internalPairingPin: setting({
    env: ['MOONLIGHT_INTERNAL_PAIRING_PIN'],
    schema: z
      .string()
      .regex(/^\d{4}$/, 'must be 4 digits')
      .optional(),
    doc: 'PIN that the hosts type by themselves; new pairings then need no person.',
    secret: true,
  }),
  udpPorts: setting({
    env: ['MOONSHARE_UDP_PORTS'],
    schema: portRange.default({ from: 21_000, to: 21_199 }),
    doc: 'UDP ports for browsers, from-to; each streamer takes one for all its viewers.',
  }),
  publicAddress: setting({
    env: ['MOONSHARE_PUBLIC_ADDRESS'],
    schema: z.union([z.ipv4(), z.ipv6()]).optional(),
    doc: 'IP address told to browsers in place of the local ones (NAT 1:1).',
  }),
  iceServers: setting({
    env: ['MOONSHARE_ICE_SERVERS'],
    schema: json(z.array(strict(iceServerSchema))).default([]),
    doc: 'STUN and TURN servers, JSON: [{"urls":["turn:..."],"username":"","credential":""}].',
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
    doc: 'Seconds that such credentials hold; a connection through TURN lasts no longer.',
  }),
  maxViewers: setting({
    env: ['MOONSHARE_MAX_VIEWERS'],
    schema: z.coerce.number().int().min(1).max(1000).default(64),
    doc: 'Viewers of one streamer. The last eighth of the places is kept for those who may control, and a quarter of that for admins; one address gets half of them, one link three quarters of those for watching.',
  }),
  maxTotalViewers: setting({
    env: ['MOONSHARE_MAX_TOTAL_VIEWERS'],
    schema: z.coerce.number().int().min(1).max(100_000).default(1000),
    doc: 'Viewers of all streamers together, shared out in the same way.',
  }),
  maxStreamers: setting({
    env: ['MOONSHARE_MAX_STREAMERS'],
    schema: z.coerce.number().int().min(1).max(10_000).default(100),
    doc: 'Streamers at the same time.',
  }),
  streamerMemoryMb: setting({
    env: ['MOONSHARE_STREAMER_MEMORY_MB'],
    schema: z.coerce.number().int().min(256).max(1_048_576).default(1024),
    doc: 'Resident memory that the process of one streamer may use; beyond that it is started again, and its viewers are told why.',
  }),
  videoTimeoutSeconds: setting({
    env: ['MOONSHARE_VIDEO_TIMEOUT_SECONDS'],
    schema: z.coerce.number().int().min(1).max(3600).default(2),
    doc: 'A host that answers but has sent no video for so long is lost: its stream is resumed. Hosts send also while the picture stands still.',
  }),
  hostEncryption: setting({
    env: ['MOONSHARE_HOST_ENCRYPTION'],
    schema: hostEncryptionSettingSchema.default('auto'),
    doc: 'What is encrypted between hosts and this machine: auto (all that a host offers, unless it is this machine), always (everything, or no stream) or never (what a host insists on). Control and input always are. A streamer may have its own: `host_encryption`.',
  }),
  idleMinutes: setting({
    env: ['MOONSHARE_IDLE_MINUTES'],
    schema: z.coerce.number().min(0).max(100_000).default(0),
    doc: 'A streamer that nobody has watched for so long is ended; 0 lets it go on. Legacy sessions have a rule of their own.',
  }),
  keepStreamers: setting({
    env: ['MOONSHARE_KEEP_STREAMERS'],
    schema: toggle.default(false),
    doc: 'Streamers made by POST are wanted like those of PUT: started again with the server, until they are deleted.',
  }),
  streamerAccess: setting({
    env: ['MOONSHARE_STREAMER_ACCESS'],
    schema: z.enum(['owners', 'everyone']).default('owners'),
    doc: 'Whose streamers a user reaches: owners (their own, and those that are shared with them) or everyone (all users reach all). Admins and the shared credentials reach all.',
  }),
  launchLimitSeconds: setting({
    env: ['MOONSHARE_LAUNCH_LIMIT_SECONDS'],
    schema: z.coerce.number().int().min(10).max(3600).default(180),
    doc: 'How long a host may take to start an app, its preparation commands included.',
  }),
  endApps: setting({
    env: ['MOONSHARE_END_APPS'],
    schema: z.enum(['always', 'own', 'never']).default('own'),
    doc: 'Which apps end on their host with the last streamer on them: always, own (those that Moonshare has started) or never.',
  }),
  legacyKeepSeconds: setting({
    env: ['MOONSHARE_LEGACY_KEEP_SECONDS'],
    schema: z.coerce.number().int().min(0).max(86_400).default(0),
    doc: 'How long the session of a legacy front end goes on after its socket has closed; 0 ends it at once.',
  }),
  legacyIdleMinutes: setting({
    env: ['MOONSHARE_LEGACY_IDLE_MINUTES'],
    schema: z.coerce.number().min(0).max(100_000).default(60),
    doc: 'A session of a legacy front end that nobody has watched for so long is ended, kept or not; 0 lets it go on.',
  }),
  staticDir: setting({
    env: ['MOONSHARE_STATIC_DIR'],
    schema: z.string().min(1).optional(),
    doc: 'Directory of a front end of your own, served in place of the web app; links that lead out of it are not followed.',
  }),
  logLevel: setting({
    env: ['MOONSHARE_LOG_LEVEL'],
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    doc: 'fatal, error, warn, info, debug, trace or silent.',
  }),
  serverUrl: setting({
    env: ['MOONSHARE_SERVER_URL'],
    schema: httpUrl.optional(),
    doc: 'Commands only: the running server they ask, if it is not the one that these settings describe.',
  }),
  token: setting({
    env: ['MOONSHARE_TOKEN'],
    schema: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
    doc: 'Commands only: the API token they show to the running server, in place of the credentials.',
    secret: true,
  }),
  demoHost: setting({
    env: ['MOONSHARE_HOST'],
    schema: hostAddress.optional(),
    doc: 'Demo only: the real host to stream from, address[:port], in place of the virtual one.',
  }),
  demoApp: setting({
    env: ['MOONSHARE_APP'],
    schema: z.string().min(1).optional(),
    doc: 'Demo only: title of the app to start on the real host; else Desktop, else the first.',
  }),
};

export type SettingName = keyof typeof SETTINGS;
export type Config = { [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']> };
