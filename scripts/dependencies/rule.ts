import { CONTENTS, lookUp, STATED } from './contents.ts';
import type { Dependency } from './lock.ts';

/** Licences that may be part of an Apache-2.0 product: permissive, or copyleft per file (MPL) and unchanged. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MPL-2.0',
  'OpenSSL',
  'Unicode-3.0',
  'Unlicense',
]);

/** The licence of a package in SPDX; undefined: nothing states it. */
export function licenseOf({ name, license }: Dependency): string | undefined {
  return lookUp(STATED, name) ?? license;
}

/** Why packages may not be part of what ships, one line each; empty if all may. */
export function breaches(ships: readonly Dependency[]): string[] {
  return ships.flatMap((one) => {
    const inside = (lookUp(CONTENTS, one.name) ?? []).map(({ name, license }) => [`${name} in it`, license] as const);
    return [['it', licenseOf(one)] as const, ...inside].flatMap(([what, license]) => {
      if (license === undefined) return [`${one.name} ${one.version} ships, but nothing states the licence of ${what}`];
      if (isAllowed(license)) return [];
      return [`${one.name} ${one.version} ships, but the licence of ${what} is ${license}`];
    });
  });
}

/** An SPDX expression of ids, AND, OR and parentheses, where AND binds more tightly; anything else is not allowed. */
export function isAllowed(expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const choice = (): boolean => {
    let is = all();
    while (tokens[at] === 'OR') {
      at += 1;
      const other = all();
      is ||= other;
    }
    return is;
  };
  const all = (): boolean => {
    let is = one();
    while (tokens[at] === 'AND') {
      at += 1;
      const other = one();
      is &&= other;
    }
    return is;
  };
  const one = (): boolean => {
    const token = tokens[at];
    at += 1;
    if (token !== '(') return token !== undefined && ALLOWED.has(token);
    const is = choice();
    const isClosed = tokens[at] === ')';
    at += 1;
    return is && isClosed;
  };
  const is = choice();
  return is && at === tokens.length;
}
