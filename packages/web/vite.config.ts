import { defineConfig } from 'vite';

/** Two pages: `index.html` for /, `s/index.html` for /s/{id}. Relative addresses, so any path prefix works. */
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // A strict content policy forbids data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { home: `${import.meta.dirname}/index.html`, stream: `${import.meta.dirname}/s/index.html` },
    },
  },
});
