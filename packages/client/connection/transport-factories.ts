import type { TransportKind } from '@moonshare/contract/browser';
import { ViewerPeerConnection } from '../negotiation/viewer-peer-connection.ts';
import type { TransportFactories } from '../transport/viewer-media.ts';
import { LazyPlayer, preparePlayer } from '../websocket/lazy-player.ts';
import { playerKind } from '../websocket/player-kind.ts';

export function supportedTransports(): TransportKind[] {
  const supported: TransportKind[] = [];
  if (typeof RTCPeerConnection !== 'undefined') supported.push('webrtc');
  if (playerKind() !== null) supported.push('websocket');
  return supported;
}

export function transportFactories(options: { base: URL; streamerId: string; stereo: boolean }): TransportFactories {
  const { base, streamerId, stereo } = options;
  return {
    prepareWebSocket: preparePlayer,
    webrtc: (iceServers, events) => new ViewerPeerConnection({ iceServers, stereo, events }),
    websocket: (ticket, events) => {
      const url = new URL(`api/streamers/${encodeURIComponent(streamerId)}/media`, base);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      url.searchParams.set('ticket', ticket);
      return new LazyPlayer({ url, stereo, events });
    },
  };
}
