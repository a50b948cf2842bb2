/** Runs `task`, which must never reject, now and again `everyMs` after it finishes, while the tab is visible. Returns a function that stops it. */
export function pollWhileVisible(
  page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>,
  options: {
    everyMs: number;
    task: () => Promise<void>;
  },
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let ended = false;
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    if (running || ended || page.hidden) return;
    running = true;
    await options.task();
    running = false;
    if (!ended) timer = setTimeout(() => void run(), options.everyMs);
  };
  const onVisibility = (): void => void run();
  page.addEventListener('visibilitychange', onVisibility);
  void run();
  return () => {
    ended = true;
    clearTimeout(timer);
    page.removeEventListener('visibilitychange', onVisibility);
  };
}
