import { defineConfig } from 'vite';

/** One page for every address; the server inserts a <base>, so relative addresses work under any path prefix. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // A strict content security policy forbids data: addresses.
    assetsInlineLimit: 0,
  },
});
