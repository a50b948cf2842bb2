import type { ParticipantReference, ServerEvent } from '@moonshare/contract';
import type { AuditRecord } from './records.ts';

/** A record without who caused it. */
type Happening = Omit<AuditRecord, 'by'> & { event: string };

/** What of the server's events is in the trail: who is where, who has the controls, what begins and ends. */
export class Happenings {
  /** The participants of the viewers and agents that are here. */
  readonly #present = new Map<string, ParticipantReference & { role: string }>();
  readonly #states = new Map<string, string>();

  /** null: it is in no trail, since it is about the network, or another record says it. */
  of(event: ServerEvent): Happening | null {
    switch (event.type) {
      case 'streamer.created':
        return { event: event.type, streamer: event.streamer_id };
      case 'streamer.ended':
        this.#states.delete(event.streamer_id);
        return { event: event.type, streamer: event.streamer_id };
      case 'streamer.state':
        return this.#stateOf(event);
      case 'streamer.shared':
        return { event: event.type, streamer: event.streamer_id, user: event.user, role: event.role };
      case 'host.pairing':
        return { event: event.type, host: event.host_id, state: event.state, code: event.error?.code ?? null };
      case 'viewer.joined': {
        const { streamer_id: streamer, peer_id: viewer, role, name, participant_id } = event;
        const participant = { participant_id, name, kind: 'person' as const };
        this.#present.set(`${streamer} ${viewer}`, { ...participant, role });
        return { event: event.type, streamer, viewer, role, participant };
      }
      case 'viewer.left': {
        const { streamer_id: streamer, peer_id: viewer } = event;
        const { role: _role, ...participant } = this.#take(`${streamer} ${viewer}`) ?? {};
        return { event: event.type, streamer, viewer, ...('name' in participant && { participant }) };
      }
      case 'participant.joined': {
        const { participant_id, name, kind, role } = event.participant;
        this.#present.set(`${event.streamer_id} of ${participant_id}`, { participant_id, name, kind, role });
        // A person has a viewer, which says more.
        if (kind === 'person') return null;
        return { event: event.type, streamer: event.streamer_id, participant: { participant_id, name, kind } };
      }
      case 'participant.changed':
        return this.#changeOf(event);
      case 'participant.left': {
        this.#take(`${event.streamer_id} of ${event.participant.participant_id}`);
        return { event: event.type, streamer: event.streamer_id, participant: event.participant };
      }
      case 'control.changed': {
        const { streamer_id: streamer, policy, holder, previous, reason } = event;
        return { event: event.type, streamer, policy, holder, previous_holder: previous, reason };
      }
      case 'control.requested': {
        const { streamer_id: streamer, participant, holder } = event;
        return { event: event.type, streamer, participant, holder };
      }
      case 'control.denied':
        return { event: event.type, streamer: event.streamer_id, participant: event.participant };
      case 'store.state':
        return { event: event.type, writable: event.writable };
      default:
        return null;
    }
  }

  /** Whether it is up or has failed; the stages on the way there are in the log. */
  #stateOf({
    streamer_id: streamer,
    status,
    error,
  }: Extract<ServerEvent, { type: 'streamer.state' }>): Happening | null {
    if (this.#states.get(streamer) === status) return null;
    this.#states.set(streamer, status);
    if (status !== 'active' && status !== 'failed') return null;
    return { event: 'streamer.state', streamer, status, code: error?.code ?? null };
  }

  /** Its gamepads come and go without being anybody's deed. */
  #changeOf({ streamer_id: streamer, participant }: Extract<ServerEvent, { type: 'participant.changed' }>) {
    const { participant_id, name, kind, role } = participant;
    const key = `${streamer} of ${participant_id}`;
    const before = this.#present.get(key);
    if (before === undefined || (before.name === name && before.role === role)) return null;
    this.#present.set(key, { participant_id, name, kind, role });
    const named = before.name === name ? {} : { before: before.name };
    return { event: 'participant.changed', streamer, participant: { participant_id, name, kind }, role, ...named };
  }

  #take(key: string) {
    const present = this.#present.get(key);
    this.#present.delete(key);
    return present;
  }
}
