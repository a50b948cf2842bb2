import { ApiError } from '@moonshare/api';
import type { StreamerInfo } from '@moonshare/contract';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useAdmin } from './context.ts';
import { pollWhileVisible } from './poll-while-visible.ts';

const EVERY_MS = 5_000;
/** One that others were shown a moment ago will do. */
const PICTURE = { max_edge: 480, quality: 60, max_age_ms: 4_000 };

/** The picture of a stream, every few seconds while it can be seen; nothing where pictures cannot be had. */
export function Preview({ streamer: { streamer_id: id, status, width, height } }: { streamer: StreamerInfo }) {
  const { api } = useAdmin();
  const address = useSignal<string | null>(null);
  const isMissing = useSignal(false);
  const place = useRef<HTMLDivElement>(null);
  const isActive = status === 'active';
  useEffect(() => {
    const { current } = place;
    if (!isActive || current === null) return;
    let stop: (() => void) | null = null;
    const show = async (): Promise<void> => {
      try {
        const { data, type } = await api.screenshot(id, PICTURE);
        const picture = URL.createObjectURL(new Blob([data], { type }));
        if (address.value !== null) URL.revokeObjectURL(address.value);
        address.value = picture;
      } catch (error) {
        // The next one may be there; without a decoder there is never one.
        if (error instanceof ApiError && error.code === 'DECODER_MISSING') {
          isMissing.value = true;
          stop?.();
        }
      }
    };
    const observer = new IntersectionObserver(([entry]) => {
      stop?.();
      stop = entry?.isIntersecting ? pollWhileVisible(document, { everyMs: EVERY_MS, task: show }) : null;
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
      stop?.();
      if (address.value !== null) URL.revokeObjectURL(address.value);
      address.value = null;
    };
  }, [api, id, isActive]);
  if (isMissing.value) return null;
  return (
    <div class="preview" ref={place} hidden={!isActive} style={{ aspectRatio: `${width} / ${height}` }}>
      {address.value !== null && <img src={address.value} alt={`What ${id} shows`} />}
    </div>
  );
}
