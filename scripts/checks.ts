// The checks of `npm run check`, which `npm test` runs alongside the tests.

export interface Check {
  name: string;
  command: readonly [program: string, ...args: string[]];
}

export const CHECKS: readonly Check[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint and format', command: ['biome', 'check', '.'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'import arrows', command: ['node', 'scripts/check-arrows.ts'] },
  { name: 'references', command: ['node', 'scripts/check-references.ts'] },
  { name: 'error docs', command: ['node', 'scripts/error-docs.ts', '--check'] },
  { name: 'API types', command: ['node', 'scripts/api-types.ts', '--check'] },
  { name: 'settings docs', command: ['node', 'scripts/settings-docs.ts', '--check'] },
  { name: 'licences', command: ['node', 'scripts/license-docs.ts', '--check'] },
  { name: 'SBOM', command: ['node', 'scripts/sbom.ts', '--check'] },
];
