import type {
  MediaStatistics,
  MoonshareViewerElement,
  Picture,
  Role,
  StreamShare,
  TransportKind,
  ViewerState,
} from '@moonshare/client';
import { type RefCallback, useEffect, useState } from 'react';
import { useViewer } from './use-viewer.ts';

/** A stream as of now. */
export interface StreamHandle {
  /** For `<Stream ref>`. */
  ref: RefCallback<MoonshareViewerElement>;
  /** null: not mounted. */
  viewer: MoonshareViewerElement | null;
  state: ViewerState;
  picture: Picture | null;
  /** What the token allows; null: not known yet. */
  access: Role | null;
  viewers: number | null;
  transport: TransportKind | null;
  share: StreamShare | null;
}

const EVENTS = [
  'statechange',
  'picturechange',
  'accesschange',
  'viewerschange',
  'transportchange',
  'sharechange',
] as const;
const IDLE: ViewerState = { kind: 'idle' };

/** The state of a `<Stream>` that gets its `ref`; the component is rendered again when it changes. */
export function useStream(): StreamHandle {
  const [viewer, ref] = useState<MoonshareViewerElement | null>(null);
  const use = <T>(read: (viewer: MoonshareViewerElement) => T, otherwise: T): T =>
    // biome-ignore lint/correctness/useHookAtTopLevel: called in the same order every time.
    useViewer(viewer, EVENTS, read, otherwise);
  return {
    ref,
    viewer,
    state: use((it) => it.state, IDLE),
    picture: use<Picture | null>((it) => it.picture, null),
    access: use<Role | null>((it) => it.access, null),
    viewers: use<number | null>((it) => it.viewers, null),
    transport: use<TransportKind | null>((it) => it.transport, null),
    share: use<StreamShare | null>((it) => it.share, null),
  };
}

/** What has been measured over the last `everyMs`; null: nothing yet. For one place at a time: rates are since the last reading. */
export function useStreamStatistics(viewer: MoonshareViewerElement | null, everyMs = 1000): MediaStatistics | null {
  const [statistics, setStatistics] = useState<MediaStatistics | null>(null);
  useEffect(() => {
    if (viewer === null) return;
    let isOver = false;
    const timer = setInterval(async () => {
      const now = await viewer.statistics();
      if (!isOver) setStatistics(now);
    }, everyMs);
    return () => {
      isOver = true;
      clearInterval(timer);
      setStatistics(null);
    };
  }, [viewer, everyMs]);
  return statistics;
}
