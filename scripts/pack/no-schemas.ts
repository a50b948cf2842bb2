import type { Plugin } from 'rolldown';

const ID = '\0no-schemas';
// Every schema is the same thing, which can be combined like them; only asking one is an error, which must not pass unnoticed.
const SOURCE = `
const refuse = () => { throw new Error('This program is built without schemas'); };
const REFUSED = new Set(['parse', 'safeParse', 'parseAsync', 'safeParseAsync']);
export const z = new Proxy(() => undefined, { get: (_, name) => (REFUSED.has(name) ? refuse : z), apply: () => z });
`;

/** For a program that has only the types of our schemas: their library would be more memory than all of its own code. */
export const noSchemas: Plugin = {
  name: 'no-schemas',
  resolveId: (id) => (id === 'zod' ? ID : null),
  load: (id) => (id === ID ? SOURCE : null),
};
