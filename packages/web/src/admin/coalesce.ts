/**
 * Calls of the returned function become runs of `task`, which must never reject: one at a time, `pauseMs` apart, and one starts after
 * the last call. So fifty viewers that join at once cost one or two readings of the list.
 */
export function coalesce(task: () => Promise<void>, pauseMs: number): () => void {
  let busy = false;
  let wanted = false;
  const run = async (): Promise<void> => {
    busy = true;
    while (wanted) {
      wanted = false;
      await task();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    busy = false;
  };
  return () => {
    wanted = true;
    if (!busy) void run();
  };
}
