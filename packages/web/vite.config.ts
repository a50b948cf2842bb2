import { defineConfig } from 'vite';

/** One page for every address; the server puts a <base> into it, so relative addresses hold under any path prefix. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // A strict content policy forbids data: addresses.
    assetsInlineLimit: 0,
  },
});
