import { closestName } from '@moonshare/contract';
import { z } from 'zod';

/** The HTTP port of a GameStream host, protocol/1 §2. */
export const DEFAULT_HOST_PORT = 47_989;

/** 0 picks a free one. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** A list, or its items in one text, separated by commas. */
export function list<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    z.array(item),
  );
}

/** A value, or the same as JSON text. */
export function json<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return z.NEVER;
    }
  }, schema);
}

/** The object, without unknown keys. */
export function strict<T extends z.core.$ZodLooseShape>(schema: z.ZodObject<T>) {
  const known = Object.keys(schema.shape);
  const complain = (key: string) => {
    const meant = closestName(key, known);
    return `unknown key ${key}${meant === null ? '' : `, did you mean ${meant}`}`;
  };
  return z.strictObject(schema.shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map(complain).join('; ') : undefined),
  });
}

/** `21000-21199`, or one port. */
export const portRange = z
  .string()
  .regex(/^\d{1,5}(-\d{1,5})?$/, 'must look like 21000-21199')
  .transform((text) => {
    const [from = 0, to = from] = text.split('-').map(Number);
    return { from, to };
  })
  .refine(({ from, to }) => from >= 1 && from <= to && to <= 65_535, 'must be a range of ports, low to high');

/** Without a trailing slash. */
export const httpUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment')
  .transform((text) => text.replace(/\/+$/, ''));

/** `address`, `address:port`, `[v6]`, `[v6]:port`; a bare IPv6 address has no port. Link-local ones name the interface: `fe80::1%eth0`. */
export const hostAddress = z.string().transform((text, context) => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)|([0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:%[\w.~-]+)?))(?::(\d{1,5}))?$/i.exec(
    text,
  );
  const address = match?.[1] ?? match?.[2] ?? match?.[3];
  const httpPort = match?.[4] === undefined ? DEFAULT_HOST_PORT : Number(match[4]);
  if (address === undefined || httpPort < 1 || httpPort > 65_535) {
    context.addIssue({ code: 'custom', message: `"${text}" must be address or address:port` });
    return z.NEVER;
  }
  return { address, httpPort };
});

/** On or off, as given in files (true), variables (true, 1, on) and flags (--name). */
export const toggle = z.preprocess(
  (value) => (typeof value === 'string' ? (SWITCH.get(value.toLowerCase()) ?? value) : value),
  z.boolean('must be true or false'),
);

const SWITCH = new Map([
  ...['true', '1', 'on', 'yes'].map((word) => [word, true] as const),
  ...['false', '0', 'off', 'no'].map((word) => [word, false] as const),
]);
