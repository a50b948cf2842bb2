import type { MoonshareViewerElement, MoonshareViewerEvents, TokenProvider, TransportChoice } from '@moonshare/client';
import type { DetailedHTMLProps, HTMLAttributes } from 'react';

/** `onstatechange` and the like. */
type Listeners = {
  [Type in keyof MoonshareViewerEvents as `on${Type}`]?: ((event: MoonshareViewerEvents[Type]) => void) | undefined;
};

/** Attributes, properties and events of `<moonshare-viewer>` as React 19 sets them; before, use `<Stream>`. */
export interface MoonshareViewerProps
  extends DetailedHTMLProps<HTMLAttributes<MoonshareViewerElement>, MoonshareViewerElement>,
    Listeners {
  src?: string | undefined;
  streamer?: string | undefined;
  token?: string | undefined;
  tokenProvider?: TokenProvider | null | undefined;
  /** What the person wants to be called. */
  name?: string | undefined;
  muted?: boolean | undefined;
  /** Captures no input. */
  watch?: boolean | undefined;
  stereo?: boolean | undefined;
  /** A bar at the upper edge of the picture. */
  controls?: boolean | undefined;
  transport?: TransportChoice | undefined;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'moonshare-viewer': MoonshareViewerProps;
    }
  }
}
