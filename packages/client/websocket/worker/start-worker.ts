/** Every bundler that can build workers knows this form. The build for a script tag, which is one file, has another in its place. */
export function startWorker(): Worker {
  return new Worker(new URL('./player-worker.ts', import.meta.url), { type: 'module' });
}
