import { role } from './parts.ts';
import { boolean, integer, list, nullable, object, oneOf, type Shaped, string, timestamp } from './shape.ts';

const reference = { participant_id: string(), name: string(), kind: oneOf('person', 'agent') };

/** A participant in messages about others. */
export const participantReference = object(reference);
export type ParticipantReference = Shaped<typeof participantReference>;

/** Someone at a streamer, as others see them. */
export const participantInfo = object({
  ...reference,
  /** The viewer that it is at the moment; null: it is none, or is away. */
  peer_id: nullable(string()),
  role,
  joined_at: timestamp,
  /** Its keyboard, mouse and touch reach the host. */
  has_control: boolean,
  /** Which players its gamepads are, from 1. */
  gamepads: list(integer()),
});
export type ParticipantInfo = Shaped<typeof participantInfo>;

export const controlPolicy = oneOf('union', 'exclusive', 'follow');
export type ControlPolicy = Shaped<typeof controlPolicy>;
export const controlActionName = oneOf('request', 'grant', 'deny', 'take', 'release');
export type ControlActionName = Shaped<typeof controlActionName>;
