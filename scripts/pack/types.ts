import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/** The types of a module with everything of ours that they need, as one .d.ts. `external`: what stays imported. */
export async function bundleTypes(
  entry: string,
  external: (string | RegExp)[] = [],
  kind: 'page' | 'node' = 'page',
): Promise<string> {
  const tsconfig = fileURLToPath(new URL(kind === 'page' ? 'tsconfig.json' : 'tsconfig.node.json', import.meta.url));
  const bundle = await rolldown({
    input: entry,
    external: [/^zod/, ...external],
    plugins: [dts({ dtsOnly: true, tsconfig })],
    logLevel: 'warn',
  });
  const { output } = await bundle.generate({ format: 'es' });
  const { code } = output[0];
  if (code.includes("from 'zod'") || code.includes('from "zod"')) throw new Error(`the types of ${entry} need zod`);
  return code;
}
