import type { AppInfo, HostState, IceServer, MoonshareError, Negotiation, ServerSignal } from '@moonshare/contract';
import { currentSignals, hostSignals } from './host-signals.ts';

/** How a browser is told what happens: facts in, what goes over its socket out, in the order of its contract. */
export interface PeerSignals {
  /** A worker takes it: it negotiates, for the first time or anew. `host`: what that worker has said. */
  introduced(to: { iceServers: IceServer[]; app: AppInfo; host: HostState | null }): ServerSignal[];
  /** Its media connection is up. */
  opened(): ServerSignal[];
  host(before: HostState | null, host: HostState): ServerSignal[];
  negotiation(message: Negotiation): ServerSignal[];
  terminated(code: number): ServerSignal[];
  /** The streamer stops. */
  disconnected(): ServerSignal[];
  /** The last words before its socket is closed. null: nothing went wrong. */
  closed(error: MoonshareError | null): ServerSignal[];
}

/** Of the peer socket, protocol/4 §4: all as it happens. */
export const PEER_SIGNALS: PeerSignals = {
  introduced: ({ iceServers, app, host }) => [
    { WebRtcConfig: { ice_servers: iceServers } },
    { UpdateApp: { app } },
    ...currentSignals(host),
  ],
  opened: () => [],
  host: hostSignals,
  negotiation: (message) => [{ Signaling: message }],
  terminated: (code) => [{ ConnectionTerminated: { error_code: code } }],
  disconnected: () => ['PeerDisconnect'],
  closed: () => [],
};
