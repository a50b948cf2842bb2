import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { coalesce } from './coalesce.ts';
import { type Action, useAdmin } from './context.ts';

const READ_PAUSE_MS = 500;

/**
 * A list about one streamer that is read while it is open, and again whenever `reloadOn` changes. `reading` receives failures. null:
 * not read yet.
 */
export function useList<T>(
  fetch: () => Promise<T[]>,
  options: { id: string; open: boolean; reloadOn?: unknown; reading: Action },
): { list: ReadonlySignal<T[] | null>; read: () => void } {
  const { api } = useAdmin();
  const list = useSignal<T[] | null>(null);
  const read = useMemo(
    () =>
      coalesce(
        () =>
          options.reading.run(async () => {
            list.value = await fetch();
          }),
        READ_PAUSE_MS,
      ),
    [api, options.id],
  );
  useEffect(() => {
    if (options.open) read();
  }, [options.open, read, options.reloadOn]);
  return { list, read };
}
