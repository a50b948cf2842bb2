/** What does not have the shape. Not null or undefined: those can be valid values. */
export const INVALID: unique symbol = Symbol('invalid');

/**
 * Reads a value of JSON: the value itself with nothing unknown in it, or INVALID. For what browsers read, since the schemas that the
 * server uses would be most of a page's script; the tests hold the two together.
 */
export type Shape<T> = (value: unknown) => T | typeof INVALID;
export type Shaped<S> = S extends Shape<infer T> ? T : never;

export const boolean: Shape<boolean> = (value) => (typeof value === 'boolean' ? value : INVALID);

/** `most`: characters. */
export function string(most = Number.POSITIVE_INFINITY): Shape<string> {
  return (value) => (typeof value === 'string' && value.length <= most ? value : INVALID);
}

/** Finite. */
export function number(least = Number.NEGATIVE_INFINITY): Shape<number> {
  return (value) => (typeof value === 'number' && Number.isFinite(value) && value >= least ? value : INVALID);
}

export function integer(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value) =>
    Number.isSafeInteger(value) && least <= Number(value) && Number(value) <= most ? (value as number) : INVALID;
}

export function oneOf<const T extends string | number>(...values: T[]): Shape<T> {
  return (value) => (values.includes(value as T) ? (value as T) : INVALID);
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

/** ISO 8601 in UTC, of a day that exists. */
export const timestamp: Shape<string> = (value) => {
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return INVALID;
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value.slice(0, 10)) ? value : INVALID;
};

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? null : shape(value));
}

/** `most`: items. */
export function list<T>(shape: Shape<T>, most = Number.POSITIVE_INFINITY): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) return INVALID;
    const items: T[] = [];
    for (const item of value) {
      const read = shape(item);
      if (read === INVALID) return INVALID;
      items.push(read);
    }
    return items;
  };
}

/** Any object, as it is. */
export const record: Shape<Record<string, unknown>> = (value) =>
  isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== '__proto__')) : INVALID;

type Fields = Record<string, Shape<unknown>>;
type Simplify<T> = { [K in keyof T]: T[K] };
type ObjectOf<Required extends Fields, Optional extends Fields> = Simplify<
  { [K in keyof Required]: Shaped<Required[K]> } & { [K in keyof Optional]?: Shaped<Optional[K]> }
>;

/** Other fields are left out; optional ones may be absent. */
export function object<Required extends Fields, Optional extends Fields = Record<never, never>>(
  required: Required,
  optional?: Optional,
): Shape<ObjectOf<Required, Optional>> {
  const fields = [...Object.entries(required), ...Object.entries(optional ?? {})];
  return (value) => {
    if (!isObject(value)) return INVALID;
    const found: Record<string, unknown> = {};
    for (const [key, shape] of fields) {
      if (!Object.hasOwn(value, key) && !Object.hasOwn(required, key)) continue;
      const read = shape(value[key]);
      if (read === INVALID) return INVALID;
      found[key] = read;
    }
    return found as ObjectOf<Required, Optional>;
  };
}

/** The first that fits. */
export function either<S extends readonly Shape<unknown>[]>(...shapes: S): Shape<Shaped<S[number]>> {
  return (value) => {
    for (const shape of shapes) {
      const read = shape(value);
      if (read !== INVALID) return read as Shaped<S[number]>;
    }
    return INVALID;
  };
}

/** `otherwise`, where it is absent. For required fields of `object`. */
export function withDefault<T>(shape: Shape<T>, otherwise: T): Shape<T> {
  return (value) => (value === undefined ? otherwise : shape(value));
}

/** null: it does not have the shape. For shapes that null is no value of. */
export function read<T>(shape: Shape<T>, value: unknown): T | null {
  const found = shape(value);
  return found === INVALID ? null : found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
