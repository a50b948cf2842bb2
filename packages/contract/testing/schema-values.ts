import fc from 'fast-check';
import type { z } from 'zod';

const text = fc.oneof(fc.string(), fc.string({ minLength: 250, maxLength: 260 }), fc.constantFrom('', '__proto__'));

/** Values that a schema accepts, and some just outside its bounds. Only of the kinds of schema that messages to browsers are made of. */
export function valuesOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([key, field]) => [key, valuesOf(field)] as const);
      const requiredKeys = Object.entries(def.shape).filter(([, field]) => field._zod.optin !== 'optional');
      return fc.record(Object.fromEntries(fields), { requiredKeys: requiredKeys.map(([key]) => key) });
    }
    case 'union':
      return fc.oneof(...def.options.map(valuesOf));
    case 'array':
      return fc.array(valuesOf(def.element), { maxLength: 18 });
    case 'nullable':
      return fc.oneof(fc.constant(null), valuesOf(def.innerType));
    case 'optional':
    case 'default':
      return valuesOf(def.innerType);
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'literal':
      return fc.constantFrom(...def.values);
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.oneof(fc.integer({ min: -2, max: 1030 }), fc.maxSafeInteger(), fc.double());
    case 'record':
      return fc.dictionary(text, fc.jsonValue());
    case 'string':
      if ('format' in def && def.format === 'datetime') return timestamps;
      return text;
    default:
      throw new Error(`no values for ${def.type}`);
  }
}

const timestamps = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('2024-02-29T23:59Z', '2023-02-29T00:00:00Z', '2026-04-31T00:00:00Z', '0000-01-01T00:00:00Z'),
  fc.constantFrom('2026-12-01T24:00:00Z', '2026-12-01T00:00:00+01:00', '2026-12-01T00:00:00.123456Z', '2026-12-01'),
);

/** The value with something in it removed, added or replaced. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value) && value.length > 0)
    return fc.nat(value.length - 1).chain((at) =>
      fc.oneof(
        fc.constant(value.toSpliced(at, 1)),
        mutated(value[at]).map((item) => value.toSpliced(at, 1, item)),
      ),
    );
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    const entries = Object.entries(value);
    return fc.nat(entries.length - 1).chain((at) =>
      fc.oneof(
        fc.constant(Object.fromEntries(entries.toSpliced(at, 1))),
        fc.constant(Object.fromEntries([...entries, ['more', 1]])),
        fc.jsonValue().map((other) => ({ ...value, [entries[at]![0]]: other })),
        mutated(entries[at]![1]).map((inner) => ({ ...value, [entries[at]![0]]: inner })),
      ),
    );
  }
  return fc.jsonValue();
}
