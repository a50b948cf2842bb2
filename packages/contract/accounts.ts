import { z } from 'zod';
import { participantNameSchema } from './control.ts';
import { roleSchema } from './settings.ts';

const timestamp = z.iso.datetime();
const DAY = 24 * 3600;

/** What a user is. An admin may do everything, a user run streams, a viewer look at them. */
export const userRoleSchema = z.enum(['admin', 'user', 'viewer']);
export type UserRole = z.infer<typeof userRoleSchema>;

/** What an API token may do; `admin` is everything. */
export const scopeSchema = z.enum(['streamers:read', 'streamers:write', 'hosts:read', 'hosts:write', 'admin']);
export type Scope = z.infer<typeof scopeSchema>;

/** Proxies may use these names too, so mail addresses are allowed. Case does not matter. */
export const userNameSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(/^(?!\.{1,2}$)[\w.@+-]+$/, 'letters, digits and _ . @ + - only, and not . or ..');
export const passwordSchema = z.string().min(8, 'must have 8 characters or more').max(256);

/** `POST /api/login` */
export const loginSchema = z.strictObject({ user: z.string().max(256), password: z.string().max(1024) });
export const loginAnswerSchema = z.object({ user: z.string(), role: userRoleSchema, expires_at: timestamp });
export type LoginAnswer = z.infer<typeof loginAnswerSchema>;

/** `GET /api/me`: who the caller is, and how the server knows. */
export const meSchema = z.object({
  by: z.enum(['credentials', 'session', 'token', 'proxy']),
  /** null: no user is behind it. */
  user: z.string().nullable(),
  role: userRoleSchema.nullable(),
  scopes: z.array(scopeSchema),
  /** How this request arrived: the address that limits count, and whether the browser used HTTPS; both as trusted proxies report them. */
  seen: z.object({ address: z.string(), https: z.boolean() }),
});
export type Me = z.infer<typeof meSchema>;

/** `PUT /api/me/password` */
export const changePasswordSchema = z.strictObject({ old_password: z.string().max(1024), password: passwordSchema });

/** `POST /api/users` */
export const createUserSchema = z.strictObject({
  name: userNameSchema,
  password: passwordSchema,
  role: userRoleSchema,
});
/** `PATCH /api/users/{name}`; ends the user's sessions. */
export const changeUserSchema = z
  .strictObject({ password: passwordSchema.optional(), role: userRoleSchema.optional() })
  .refine((change) => Object.keys(change).length > 0, 'names nothing to change');
export const userInfoSchema = z.object({ name: z.string(), role: userRoleSchema, created_at: timestamp });
export type UserInfo = z.infer<typeof userInfoSchema>;

/** `POST /api/tokens`. Only this answer contains the token itself. */
export const createTokenSchema = z.strictObject({
  name: z.string().min(1).max(128),
  scopes: z.array(scopeSchema).min(1).max(5),
  /** Seconds. */
  expires_in: z
    .int()
    .min(1)
    .max(3660 * DAY)
    .default(90 * DAY),
});
export const tokenInfoSchema = z.object({
  id: z.int(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  /** The owner; null: made with the shared credentials. */
  user: z.string().nullable(),
  created_at: timestamp,
  expires_at: timestamp,
});
export type TokenInfo = z.infer<typeof tokenInfoSchema>;
export const createdTokenSchema = tokenInfoSchema.extend({ token: z.string() });
export type CreatedToken = z.infer<typeof createdTokenSchema>;

/** `PUT /api/streamers/{id}/shares/{name}` */
export const shareStreamerSchema = z.strictObject({ role: roleSchema });
export const shareInfoSchema = z.object({
  user: z.string(),
  /** The most that this user may do there; an account with the role viewer can only watch. */
  role: roleSchema,
  /** The user who shared it; null: the shared credentials. */
  given_by: z.string().nullable(),
  created_at: timestamp,
});
export type ShareInfo = z.infer<typeof shareInfoSchema>;

/** Seconds that a link lets people in, by default and at most. One for vouched browsers is meant for transcripts, and soon of no use there. */
export const LINK_SECONDS = {
  anyBrowser: { byDefault: DAY, most: 366 * DAY },
  vouchedBrowser: { byDefault: 900, most: DAY },
} as const;

/** `POST /api/streamers/{id}/links` */
export const createLinkSchema = z.strictObject({
  role: roleSchema,
  expires_in: z
    .int()
    .min(1)
    .max(LINK_SECONDS.anyBrowser.most)
    .optional()
    .describe('seconds; a day by default, or 15 minutes and a day at most if vouched'),
  /** Asked for once per browser. */
  pin: z
    .string()
    .regex(/^\d{4,12}$/, 'must be 4 to 12 digits')
    .optional(),
  /** How many browsers it lets in; one that comes back does not count again. */
  max_uses: z.int().min(1).max(100_000).optional(),
  single_use: z.literal(true).optional().describe('the same as max_uses: 1'),
  vouched: z
    .literal(true)
    .optional()
    .describe(
      'it opens only in a browser that has been vouched for (POST /api/vouchers), or where someone who can see the streamer is logged in',
    ),
  name: participantNameSchema.optional().describe('what people who use it are called'),
});
export const linkInfoSchema = z.object({
  id: z.int(),
  streamer_id: z.string(),
  role: roleSchema,
  has_pin: z.boolean(),
  max_uses: z.int().nullable(),
  /** It opens only in a browser that has been vouched for. */
  vouched: z.boolean(),
  name: z.string().nullable(),
  uses: z.int(),
  /** The user who made it. */
  created_by: z.string().nullable(),
  created_at: timestamp,
  expires_at: timestamp,
});
export type LinkInfo = z.infer<typeof linkInfoSchema>;
/** Only this answer contains the address, whose fragment is the secret. */
export const createdLinkSchema = linkInfoSchema.extend({ url: z.string() });
export type CreatedLink = z.infer<typeof createdLinkSchema>;

/** `POST /api/vouchers`. The browser that opens the address, once and soon, is vouched for; the secret is in the fragment. */
export const voucherSchema = z.object({ url: z.string(), expires_at: timestamp });
export type Voucher = z.infer<typeof voucherSchema>;
/** `POST /api/vouchers/redeem`, by that browser. */
export const redeemVoucherSchema = z.strictObject({ voucher: z.string().max(4096) });
