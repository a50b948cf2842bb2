import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { ROOT } from './text-files.ts';

const DOCUMENT = 'docs/architecture.md';
const SECTION = 'Throttles, budgets and limits';
/** What | figure | constants | file, relative to packages/. */
const ROW = /^\|([^|]+)\|([^|]+)\|([^|]*`[^|]*)\| `([^|`]+)` \|$/;
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, days: 86_400_000 };
const PLAIN: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 * 1024, 'Mbit/s': 125 };

/** Faults in the table of limits: missing files and constants, and figures that differ from the constants. */
export function wrongLimits(file: string, text: string): string[] {
  if (file !== DOCUMENT) return [];
  const section = text.split(/^## /m).find((part) => part.startsWith(SECTION)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|') && line.includes('`'));
  if (rows.length === 0) return [`the table of "${SECTION}" is empty`];
  return rows.flatMap((line) => {
    const [, , figure, constants, path] = ROW.exec(line) ?? [];
    if (figure === undefined || constants === undefined || path === undefined) return [`not a row of limits: ${line}`];
    const source = join(ROOT, 'packages', path);
    if (!existsSync(source)) return [`there is no packages/${path}`];
    const code = readFileSync(source, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    return [...constants.matchAll(/`([\w.]+)`/g)].flatMap(([, name]) =>
      wrongConstant(name!, figure.trim(), code, path),
    );
  });
}

function wrongConstant(name: string, figure: string, code: string, path: string): string[] {
  const expression = expressionOf(name, code);
  if (expression === null) return [`there is no ${name} in packages/${path}`];
  if (expression.startsWith('{')) return [`${name} of packages/${path} has several figures: name one, ${name}.key`];
  const value = figureOf(expression, code);
  const values = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'number');
  const wrong = values.filter((each) => !figuresIn(figure, name).includes(each));
  return wrong.map((each) => `${name} of packages/${path} is ${each}, but the table says "${figure}"`);
}

/** The expression after `NAME =`, then after `key:` inside its braces, or the default of a setting of that name; null: none. */
function expressionOf(name: string, code: string): string | null {
  const [constant, ...keys] = name.split('.');
  const setting = `^  ${constant}: setting\\(\\{(?:(?!^  \\}\\))[\\s\\S])*?default\\(([^)]+)\\)`;
  let found = new RegExp(`(?:const|readonly) #?${constant}\\b[^=\\n]*= ([^;]+);`).exec(code)?.[1];
  found ??= new RegExp(setting, 'm').exec(code)?.[1];
  for (const key of keys)
    found = new RegExp(`\\b${key}: ((?:new \\w+\\()?\\{[^}]*\\}|[^,}\\n]+)`).exec(found ?? '')?.[1];
  return found ?? null;
}

/** null: not a figure, or one determined by other files. */
function figureOf(expression: string, code: string): unknown {
  const known = expression.replace(/\b[A-Z][A-Z0-9_]+\b/g, (name) => expressionOf(name, code) ?? name);
  const arithmetic = known.replace(/\bas const\b/, '');
  return /^[\d_\s+*/.,()[\]-]+$/.test(arithmetic) ? runInNewContext(`(${arithmetic})`) : null;
}

/** All figures of a cell, in the unit of the constant; a number without a unit has that of the next one. */
function figuresIn(figure: string, name: string): number[] {
  const found = [...figure.matchAll(/(\d+(?:\.\d+)?)(?: (ms|s|min|h|days|KB|MB|Mbit\/s)\b)?/g)];
  const perUnit = /seconds$/i.test(name) ? 1000 : /minutes$/i.test(name) ? 60_000 : 1;
  return found
    .flatMap(([, number], index) => {
      const unit = found.slice(index).find(([, , each]) => each !== undefined)?.[2];
      const own = found[index]![2];
      const inUnit = unit === undefined ? [] : [(Number(number) * (MS[unit] ?? PLAIN[unit]! * perUnit)) / perUnit];
      return own === undefined ? [Number(number), ...inUnit] : inUnit;
    })
    .map((each) => Math.round(each * 1000) / 1000);
}
