import { test } from 'node:test';
import { leaks } from './leaks.ts';

// `npm run leaks` does the same at length.

// Over 20 s on a busy machine: eight streamers come and go, and a Wolf of 2024 needs seconds between two launches.
for (const like of ['sunshine', 'wolf', 'wolf-2026'] as const) {
  test(`streamers started and ended in random order on a host like ${like} leave nothing behind`, async () => {
    await leaks({ like, posts: 8, seed: 1 });
  });
}
