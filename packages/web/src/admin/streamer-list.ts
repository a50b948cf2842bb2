import type { ServerEvent, StreamerInfo } from '@moonshare/contract';

/** The server's streamers by ID, in the server's order. Never changed in place. */
export type StreamerList = ReadonlyMap<string, StreamerInfo>;

/** The answer to `GET /api/streamers`, updated by the events that came while it was on its way. */
export function streamerListOf(streamers: readonly StreamerInfo[], since: readonly ServerEvent[]): StreamerList {
  return since.reduce(applyEvent, new Map(streamers.map((streamer) => [streamer.streamer_id, streamer])));
}

/** The same for one streamer. */
export function withStreamer(
  streamers: StreamerList,
  streamer: StreamerInfo,
  since: readonly ServerEvent[],
): StreamerList {
  const about = since.filter((event) => 'streamer_id' in event && event.streamer_id === streamer.streamer_id);
  return about.reduce(applyEvent, new Map(streamers).set(streamer.streamer_id, streamer));
}

/** Applies an event. Repeated events, and those of unknown streamers, do no harm. */
export function applyEvent(streamers: StreamerList, event: ServerEvent): StreamerList {
  const streamer = 'streamer_id' in event ? streamers.get(event.streamer_id) : undefined;
  if (streamer === undefined) return streamers;
  switch (event.type) {
    case 'streamer.created':
      return changed(streamers, { ...streamer, status: event.status });
    case 'streamer.state':
      return changed(streamers, {
        ...streamer,
        status: event.status,
        stage: event.stage,
        stage_seconds: event.stage_seconds,
        error: event.error,
        host_encryption: event.status === 'active' ? streamer.host_encryption : null,
      });
    case 'streamer.bitrate':
      return changed(streamers, { ...streamer, bitrate: event.bitrate });
    case 'streamer.ended': {
      const rest = new Map(streamers);
      rest.delete(event.streamer_id);
      return rest;
    }
    case 'host.state':
      return changed(streamers, {
        ...streamer,
        moonlight_connected: event.state === 'streaming',
        host_encryption: event.host_encryption,
      });
    case 'viewer.joined': {
      const { peer_id, connected_at, role, user, link_id, name, participant_id } = event;
      const peer = { peer_id, connected_at, role, user, link_id, name, participant_id };
      const peers = [...others(streamer, peer_id), peer];
      return changed(streamers, { ...streamer, connected_peers: event.viewers, peers });
    }
    case 'viewer.left': {
      const peers = others(streamer, event.peer_id);
      return changed(streamers, { ...streamer, connected_peers: event.viewers, peers });
    }
    case 'participant.changed': {
      const { peer_id, name, role } = event.participant;
      const peers = streamer.peers.map((peer) => (peer.peer_id === peer_id ? { ...peer, name, role } : peer));
      return changed(streamers, { ...streamer, peers });
    }
    case 'participant.joined':
    case 'participant.left':
    case 'control.changed':
    case 'control.requested':
    case 'control.denied':
    case 'streamer.shared':
    case 'viewer.connected':
    case 'host.pairing':
    case 'store.state':
    case 'audit.state':
    case 'webhook.disabled':
    case 'viewer.first_frame':
    case 'viewer.transport':
    case 'viewer.rung':
      return streamers;
    default:
      // Of a newer server: the lists have everything.
      return streamers;
  }
}

/**
 * Whether the list must be read again: `events`, already applied, named an unknown streamer or changed who may see one, or some of its
 * viewers joined before the first event was received.
 */
export function isIncomplete(streamers: StreamerList, events: readonly ServerEvent[]): boolean {
  const last = new Map(events.flatMap((event) => ('streamer_id' in event ? [[event.streamer_id, event.type]] : [])));
  if (events.some(({ type }) => type === 'streamer.shared')) return true;
  for (const [id, type] of last) if (type !== 'streamer.ended' && !streamers.has(id)) return true;
  return [...streamers.values()].some(({ connected_peers, peers }) => connected_peers !== peers.length);
}

function others({ peers }: StreamerInfo, peerId: string): StreamerInfo['peers'] {
  return peers.filter(({ peer_id }) => peer_id !== peerId);
}

function changed(streamers: StreamerList, streamer: StreamerInfo): StreamerList {
  return new Map(streamers).set(streamer.streamer_id, streamer);
}
