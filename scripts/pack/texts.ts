import { relative } from 'node:path';
import type { Plugin } from 'rolldown';
import { ROOT } from './stage.ts';

/** By source file, from the root: what its text names in another way once it is bundled. */
export type Replacements = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

/** Replaces texts of sources. A text that is not in its file is an error, since the bundle would look for what is not there. */
export function withTexts(replacements: Replacements): Plugin {
  return {
    name: 'texts',
    transform(code, id) {
      const texts = replacements[relative(ROOT, id).replaceAll('\\', '/')];
      if (texts === undefined) return null;
      let changed = code;
      for (const [from, to] of texts) {
        if (!changed.includes(from)) this.error(`${id} does not contain ${from}`);
        changed = changed.replaceAll(from, to);
      }
      return { code: changed, map: null };
    },
  };
}
