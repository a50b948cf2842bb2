import { test } from 'node:test';
import { leaks } from './leaks.ts';

// `npm run leaks` does the same at length.

for (const like of ['sunshine', 'wolf', 'wolf-2026'] as const) {
  test(`nothing is left of streamers that come and go in any order on a host like ${like}`, async () => {
    await leaks({ like, posts: 8, seed: 1 });
  });
}
