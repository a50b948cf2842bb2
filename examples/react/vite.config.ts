import { defineConfig } from 'vite';

/** Where ../plain-page/main.ts listens, which knows the stream and gets tokens for it. */
const SITE = 'http://localhost:5000';

export default defineConfig({
  // Prebundled, the client would not find its worker.
  optimizeDeps: { exclude: ['@moonshare/client'] },
  server: { proxy: { '/stream': SITE, '/token': SITE } },
});
