import type { TransportChoice, TransportKind } from '@moonshare/contract';

/**
 * What may be opened, best first; empty: nothing that this browser supports. `offer`: what the server's `MediaOptions` say; null: they
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
}): TransportKind[] {
  const wanted = offer === null ? 'webrtc' : offer === 'auto' ? choice : offer;
  const transports: TransportKind[] = wanted === 'auto' ? ['webrtc', 'websocket'] : [wanted];
  return transports.filter((transport) => supported.includes(transport));
}
