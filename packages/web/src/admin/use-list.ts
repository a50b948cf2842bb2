import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { coalesce } from './coalesce.ts';
import { type Action, useAdmin } from './context.ts';

const READ_PAUSE_MS = 500;

/**
 * A list of one streamer that is read while it is open, and again whenever `news` is another. `reading` takes what goes wrong. null:
 * it was not read yet.
 */
export function useList<T>(
  fetch: () => Promise<T[]>,
  o: { id: string; open: boolean; news?: unknown; reading: Action },
): { list: ReadonlySignal<T[] | null>; read: () => void } {
  const { api } = useAdmin();
  const list = useSignal<T[] | null>(null);
  const read = useMemo(
    () =>
      coalesce(
        () =>
          o.reading.run(async () => {
            list.value = await fetch();
          }),
        READ_PAUSE_MS,
      ),
    [api, o.id],
  );
  useEffect(() => {
    if (o.open) read();
  }, [o.open, read, o.news]);
  return { list, read };
}
