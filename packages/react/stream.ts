import {
  defineMoonshareViewer,
  type MoonshareViewerElement,
  type MoonshareViewerEvents,
  type TokenProvider,
  type TransportChoice,
  type ViewerState,
} from '@moonshare/client';
import { type CSSProperties, createElement, forwardRef, useCallback, useEffect, useRef } from 'react';

// Does nothing on a server.
defineMoonshareViewer();

export interface StreamProps {
  /** The URL of the server. */
  src: string;
  streamer: string;
  /** The token of a link. A new one is used from the next join on. */
  token?: string | undefined;
  /** Asked before each join. It need not be the same function each time. */
  tokenProvider?: TokenProvider | undefined;
  /** What the person wants to be called, unless the token says it; a new one renames them. */
  name?: string | undefined;
  muted?: boolean | undefined;
  /** Captures no input. */
  watch?: boolean | undefined;
  stereo?: boolean | undefined;
  /** A bar at the upper edge: sound, keyboard, clipboard, the controls, full screen. */
  controls?: boolean | undefined;
  transport?: TransportChoice | undefined;
  className?: string | undefined;
  style?: CSSProperties | undefined;
  onStateChange?: ((state: ViewerState) => void) | undefined;
}

const flag = (value: boolean | undefined) => (value === true ? '' : undefined);

/** A stream of a Moonshare server: one viewer while it is mounted. */
export const Stream = forwardRef<MoonshareViewerElement, StreamProps>(function Stream(props, outer) {
  const { src, streamer, token, tokenProvider, name, muted, watch, stereo, controls, transport, className, style } =
    props;
  const element = useRef<MoonshareViewerElement | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const hasProvider = tokenProvider !== undefined;

  const attach = useCallback(
    (viewer: MoonshareViewerElement | null) => {
      element.current = viewer;
      // Before it connects, which it does once everything has been set.
      if (viewer !== null && latest.current.tokenProvider !== undefined) viewer.tokenProvider = ask(latest);
      if (typeof outer === 'function') outer(viewer);
      else if (outer !== null) outer.current = viewer;
    },
    [outer],
  );
  useEffect(() => {
    const viewer = element.current;
    if (viewer !== null && (viewer.tokenProvider !== null) !== hasProvider)
      viewer.tokenProvider = hasProvider ? ask(latest) : null;
  }, [hasProvider]);
  useEffect(() => {
    const viewer = element.current;
    if (viewer === null) return;
    viewer.muted = muted === true;
  }, [muted]);
  useEffect(() => {
    const viewer = element.current;
    const changed = ({ detail }: MoonshareViewerEvents['statechange']) => latest.current.onStateChange?.(detail);
    viewer?.addEventListener('statechange', changed);
    return () => viewer?.removeEventListener('statechange', changed);
  }, []);

  return createElement('moonshare-viewer', {
    ref: attach,
    src,
    streamer,
    token,
    name,
    muted: flag(muted),
    watch: flag(watch),
    stereo: flag(stereo),
    controls: flag(controls),
    transport,
    class: className,
    style,
  });
});

/** The newest function that was given. */
function ask(latest: { current: StreamProps }): TokenProvider {
  return async () => {
    const provider = latest.current.tokenProvider;
    if (provider === undefined) throw new Error('The stream has no tokenProvider any more');
    return provider();
  };
}
