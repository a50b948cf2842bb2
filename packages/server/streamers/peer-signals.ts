import type { AppInfo, HostState, IceServer, MoonshareError, Negotiation, ServerSignal } from '@moonshare/contract';
import { currentSignals, hostSignals } from './host-signals.ts';

/** What a browser is sent: facts in, socket messages out, in the order of its contract. */
export interface PeerSignals {
  /** A worker has received it: it negotiates, for the first time or anew. `host`: the state that the worker has reported. */
  introduced(to: { iceServers: IceServer[]; app: AppInfo; host: HostState | null }): ServerSignal[];
  /** Its media connection is up. */
  opened(): ServerSignal[];
  host(before: HostState | null, host: HostState): ServerSignal[];
  negotiation(message: Negotiation): ServerSignal[];
  terminated(code: number): ServerSignal[];
  /** The streamer stops. */
  disconnected(): ServerSignal[];
  /** The last messages before its socket is closed. Null: nothing went wrong. */
  closed(error: MoonshareError | null): ServerSignal[];
}

/** For the peer socket, protocol/4 §4: everything as it happens. */
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
