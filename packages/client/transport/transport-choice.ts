import type { TransportChoice, TransportKind } from '@moonshare/contract/browser';

/** Best first. */
export type UsableTransports = readonly [TransportKind, ...TransportKind[]];

/**
 * What may be opened; null: nothing that this browser supports. `offer`: what the server's `MediaOptions` say; null: they
 * never came, so the server has no media socket.
 */
export function usableTransports({
  choice,
  offer,
  supported,
}: {
  choice: TransportChoice;
  offer: TransportChoice | null;
  supported: readonly TransportKind[];
}): UsableTransports | null {
  const wanted = offer === null ? 'webrtc' : offer === 'auto' ? choice : offer;
  const transports: TransportKind[] = wanted === 'auto' ? ['webrtc', 'websocket'] : [wanted];
  const [best, ...others] = transports.filter((transport) => supported.includes(transport));
  return best === undefined ? null : [best, ...others];
}
