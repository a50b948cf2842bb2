import type { ControlRefusal, MoonshareViewerElement, Participant, ViewerControl } from '@moonshare/client';
import { useEffect, useMemo, useState } from 'react';
import { useViewer } from './use-viewer.ts';

const NOBODY: readonly Participant[] = [];

/** Who is at the stream, people and agents, this browser included; empty: not known. */
export function useStreamParticipants(viewer: MoonshareViewerElement | null): readonly Participant[] {
  return useViewer(viewer, ['participantschange'], (it) => it.participants, NOBODY);
}

export interface StreamControl {
  /** Who has the controls, who wants them, and where this browser's input goes; null: not known. */
  control: ViewerControl | null;
  /** What was last asked for in vain; null: nothing since the controls last changed. */
  refusal: ControlRefusal | null;
  /** Asks whoever has the controls for them; free ones are taken. */
  request: () => void;
  /** Takes the controls: from an agent at once, from a person if that person does not refuse in time. */
  take: () => void;
  /** Gives them up, or withdraws a request. */
  release: () => void;
  /** Gives them to this participant; without one, to the one who asks. */
  grant: (to?: string) => void;
  /** Refuses whoever asks. */
  deny: () => void;
}

/** The controls of the stream, and what can be done with them. The functions stay the same as long as the viewer does. */
export function useStreamControl(viewer: MoonshareViewerElement | null): StreamControl {
  const control = useViewer<ViewerControl | null>(viewer, ['controlchange'], (it) => it.control, null);
  const [refusal, setRefusal] = useState<ControlRefusal | null>(null);
  useEffect(() => {
    if (viewer === null) return;
    const release = new AbortController();
    const { signal } = release;
    viewer.addEventListener('controlrefused', ({ detail }) => setRefusal(detail), { signal });
    viewer.addEventListener('controlchange', () => setRefusal(null), { signal });
    return () => {
      release.abort();
      setRefusal(null);
    };
  }, [viewer]);
  const actions = useMemo(
    () => ({
      request: () => viewer?.requestControl(),
      take: () => viewer?.takeControl(),
      release: () => viewer?.releaseControl(),
      grant: (to?: string) => viewer?.grantControl(to),
      deny: () => viewer?.denyControl(),
    }),
    [viewer],
  );
  return { control, refusal, ...actions };
}
