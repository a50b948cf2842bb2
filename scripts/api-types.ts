// Writes packages/api/types.ts from the routes of the server and the schemas of the contract; `--check` only tests whether it is current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { API_ROUTES } from '../packages/server/http/api-routes.ts';
import type { Route } from '../packages/server/http/route.ts';
import { choicesOf, componentSchemas, type JsonSchema, SENT } from '../packages/server/openapi/schemas.ts';

const file = fileURLToPath(new URL('../packages/api/types.ts', import.meta.url));

/** Names that would hide something else. */
const RENAMED: Readonly<Record<string, string>> = { Error: 'ErrorBody', Event: 'ServerEvent' };

const nameOf = (schema: string): string => RENAMED[schema] ?? schema;

/** Reuses the type of the first schema of all codes, so that there is one list of them. */
const schemas = componentSchemas();
const codes = JSON.stringify(schemas.Error?.properties?.code?.enum);

/** `absent`: what optional fields may be besides left out. */
function typeOf(schema: JsonSchema, absent = ''): string {
  const inner = (part: JsonSchema) => typeOf(part, absent);
  if (schema.$ref !== undefined) return nameOf(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined)
    return JSON.stringify(schema.enum) === codes
      ? 'ErrorCode'
      : union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return union(choices.map(inner));
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => inner({ ...schema, type })));
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array': {
      const { prefixItems } = schema;
      if (Array.isArray(prefixItems)) return `[${prefixItems.map(inner).join(', ')}]`;
      return `${schema.items === undefined ? 'unknown' : `(${inner(schema.items)})`}[]`;
    }
    case 'object':
      return objectOf(schema, absent);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function objectOf(
  { properties, required = [], additionalProperties, propertyNames }: JsonSchema,
  absent: string,
): string {
  if (properties === undefined) {
    const values = additionalProperties;
    const isSchema = typeof values === 'object' && values !== null;
    const keys = typeof propertyNames === 'object' ? typeOf(propertyNames as JsonSchema) : 'string';
    return `Record<${keys}, ${isSchema ? typeOf(values as JsonSchema, absent) : 'unknown'}>`;
  }
  const fields = Object.entries(properties).map(([name, field]) => {
    const [optional, or] = required.includes(name) ? ['', ''] : ['?', absent];
    return `${comment(field)}${JSON.stringify(name)}${optional}: ${typeOf(field, absent)}${or};`;
  });
  return `{${fields.join('\n')}}`;
}

function comment({ description, default: otherwise }: JsonSchema): string {
  const texts = [description, otherwise === undefined ? undefined : `Default: ${JSON.stringify(otherwise)}`];
  const text = texts.filter((part) => part !== undefined).join(' ');
  return text === '' ? '' : `/** ${text.replaceAll('*/', '* /')} */\n`;
}

function union(types: string[]): string {
  return [...new Set(types)].join(' | ');
}

function operationOf({ method, path, summary, query = {}, body, answer }: Route): string {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const params = names.map((name) => `${name}: string | number;`).join(' ');
  const queries = Object.entries(query)
    .filter(([, field]) => field.description !== undefined)
    .map(([name, field]) => {
      const optional = field.safeParse(undefined).success ? '?' : '';
      const choices = choicesOf(field)?.map((value) =>
        value === 'true' || value === 'false' ? 'boolean' : JSON.stringify(value),
      );
      const type = choices === undefined ? 'string | number | boolean' : union(choices);
      return `\n${comment({ description: field.description! })}${name}${optional}: ${type}${optional && ' | undefined'};`;
    });
  const json = answer.status !== 101 && answer.type === undefined;
  const schema = answer.status === 101 ? undefined : answer.schema;
  const parts = [
    ...(params === '' ? [] : [`params: { ${params} };`]),
    ...(queries.length === 0 ? [] : [`query: { ${queries.join('')} };`]),
    ...(body === undefined ? [] : [`body: ${nameOf(body)};`]),
    `answer: ${json ? (schema === undefined ? 'null' : nameOf(schema)) : 'Raw'};`,
  ];
  return `/** ${summary}. */\n'${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}': { ${parts.join('\n')} };`;
}

const operations = API_ROUTES.filter(({ answer }) => answer.status !== 101);
const types = Object.entries(schemas).map(([name, schema]) => {
  const { description } = schema;
  const about = description === undefined ? '' : comment({ description });
  return `${about}export type ${nameOf(name)} = ${typeOf(schema, name in SENT ? ' | undefined' : '')};`;
});
const source = `// Generated by \`node scripts/api-types.ts\` from the routes of the server and their schemas, like the OpenAPI document.

/** Every error that a server answers with, listed in docs/errors.md. */
export type ErrorCode = ${union((schemas.Error?.properties?.code?.enum ?? []).map((code) => JSON.stringify(code)))};

${types.join('\n\n')}

/** Answered by something else than JSON. */
export interface Raw { raw: true }

/** Every request of the API: what it takes, and what it answers. */
export interface Operations {
${operations.map(operationOf).join('\n')}
}
`;

const formatted = spawnSync('biome', ['check', '--write', '--stdin-file-path', file], {
  input: source,
  encoding: 'utf8',
});
if (formatted.status !== 0) throw new Error(formatted.stderr);

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== formatted.stdout) {
    process.stderr.write('packages/api/types.ts is not current: run node scripts/api-types.ts\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, formatted.stdout);
}
