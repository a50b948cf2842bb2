import type { MoonshareViewerElement, MoonshareViewerEvents } from '@moonshare/client';
import { useCallback, useSyncExternalStore } from 'react';

/**
 * A property of the viewer, read again at each of the events. `events`, `read`: need not be the same each time; `read` gives the same object
 * until it changes. `otherwise`: without a viewer.
 */
export function useViewer<T>(
  viewer: MoonshareViewerElement | null,
  events: readonly (keyof MoonshareViewerEvents)[],
  read: (viewer: MoonshareViewerElement) => T,
  otherwise: T,
): T {
  const names = events.join();
  const subscribe = useCallback(
    (changed: () => void) => {
      const types = names.split(',');
      for (const type of types) viewer?.addEventListener(type, changed);
      return () => {
        for (const type of types) viewer?.removeEventListener(type, changed);
      };
    },
    [viewer, names],
  );
  return useSyncExternalStore(
    subscribe,
    () => (viewer === null ? otherwise : read(viewer)),
    () => otherwise,
  );
}
