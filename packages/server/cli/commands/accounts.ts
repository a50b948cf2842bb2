import { randomBytes } from 'node:crypto';
import { type Scope, scopeSchema, type UserRole, userRoleSchema } from '@moonshare/contract';
import { withAccounts } from '../accounts-access.ts';
import { type Command, type Context, type Option, UsageError } from '../command.ts';
import { table } from '../table.ts';

const ROLES = userRoleSchema.options.join(', ');
const ROLE: Option = { type: 'string', value: '<role>', doc: `${ROLES}.` };
const PASSWORD: Option = {
  type: 'boolean',
  doc: 'Read the password from the first line of stdin; otherwise one is generated and shown once.',
};
const DETAILS = 'Works on the database of MOONSHARE_DATA, or through the server that holds it, with its credentials.';
const PASSWORD_BYTES = 15;
const DAY = 24 * 3600;

export const accountCommands: Command[] = [
  {
    name: 'users list',
    summary: 'List users and their roles.',
    details: DETAILS,
    run: async ({ settings, print }) => {
      const users = await withAccounts(settings.config, (access) => access.users());
      const rows = users.map(({ name, role, created_at }) => [name, role, created_at]);
      print({ users }, table(['Name', 'Role', 'Since'], rows));
    },
  },
  {
    name: 'users add',
    summary: 'Add a user.',
    details: DETAILS,
    arguments: ['<name>'],
    options: { role: { ...ROLE, doc: `${ROLES}; user by default.` }, 'password-stdin': PASSWORD },
    run: async (context) => {
      const [name] = context.arguments;
      const { password, shown } = await choosePassword(context);
      const role = roleOf(context) ?? 'user';
      const user = await withAccounts(context.settings.config, (access) =>
        access.addUser({ name: name!, role, password }),
      );
      context.print({ user, ...shown }, `Added ${name} as ${role}.${told(shown)}`);
    },
  },
  {
    name: 'users set-role',
    summary: 'Change the role of a user; closes whatever they have open.',
    details: DETAILS,
    arguments: ['<name>', `<${userRoleSchema.options.join('|')}>`],
    run: async ({ settings, arguments: [name, text], print }) => {
      const role = parseRole(text!);
      const user = await withAccounts(settings.config, (access) => access.changeUser(name!, { role }));
      print({ user }, `${name} now has the role ${role}.`);
    },
  },
  {
    name: 'users set-password',
    summary: 'Change the password of a user; closes whatever they have open.',
    details: DETAILS,
    arguments: ['<name>'],
    options: { 'password-stdin': PASSWORD },
    run: async (context) => {
      const [name] = context.arguments;
      const { password, shown } = await choosePassword(context);
      const user = await withAccounts(context.settings.config, (access) => access.changeUser(name!, { password }));
      context.print({ user, ...shown }, `Changed the password of ${name}.${told(shown)}`);
    },
  },
  {
    name: 'users remove',
    summary: 'Remove a user with all their sessions and tokens.',
    details: DETAILS,
    arguments: ['<name>'],
    run: async ({ settings, arguments: [name], print }) => {
      await withAccounts(settings.config, (access) => access.removeUser(name!));
      print({ removed: name }, `Removed ${name}.`);
    },
  },
  {
    name: 'tokens list',
    summary: 'List API tokens, without the secrets, which are not stored.',
    details: DETAILS,
    run: async ({ settings, print }) => {
      const tokens = await withAccounts(settings.config, (access) => access.tokens());
      const rows = tokens.map((token) => [
        String(token.id),
        token.name,
        token.scopes.join(','),
        token.user ?? '-',
        token.expires_at,
      ]);
      print({ tokens }, table(['Id', 'Name', 'Scopes', 'User', 'Expires'], rows));
    },
  },
  {
    name: 'tokens add',
    summary: 'Create an API token and show it once.',
    details: DETAILS,
    arguments: ['<name>'],
    options: {
      scopes: {
        type: 'string',
        value: '<list>',
        doc: `Of ${scopeSchema.options.join(', ')}; streamers:read by default.`,
      },
      days: { type: 'string', value: '<number>', doc: 'How many days it is valid; 90 by default.' },
    },
    run: async ({ settings, arguments: [name], options, print }) => {
      const scopes = String(options.scopes ?? 'streamers:read').split(',');
      const unknown = scopes.find((scope) => !scopeSchema.options.includes(scope as Scope));
      if (unknown !== undefined) throw new UsageError(`"${unknown}" is not a scope`);
      const days = String(options.days ?? '90');
      if (!/^[1-9]\d{0,3}$/.test(days)) throw new UsageError('--days must be a number');
      const token = await withAccounts(settings.config, (access) =>
        access.addToken({ name: name!, scopes: scopes as Scope[], expires_in: Number(days) * DAY }),
      );
      print({ token }, token.token);
    },
  },
  {
    name: 'tokens remove',
    summary: 'Revoke an API token; closes whatever it has open.',
    details: DETAILS,
    arguments: ['<id>'],
    run: async ({ settings, arguments: [id], print }) => {
      if (!/^\d{1,15}$/.test(id!)) throw new UsageError(`"${id}" is not a token id; see moonshare tokens list`);
      await withAccounts(settings.config, (access) => access.removeToken(Number(id)));
      print({ removed: Number(id) }, `Removed token ${id}.`);
    },
  },
];

interface Shown {
  password?: string;
}

async function choosePassword({ options, stdin }: Context): Promise<{ password: string; shown: Shown }> {
  if (options['password-stdin'] === true) return { password: await stdin(), shown: {} };
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  return { password, shown: { password } };
}

function told({ password }: Shown): string {
  return password === undefined ? '' : ` The password, shown only this once: ${password}`;
}

function roleOf({ options }: Context): UserRole | undefined {
  return typeof options.role === 'string' ? parseRole(options.role) : undefined;
}

function parseRole(text: string): UserRole {
  const role = userRoleSchema.safeParse(text);
  if (!role.success) throw new UsageError(`"${text}" is not a role; use ${ROLES}`);
  return role.data;
}
