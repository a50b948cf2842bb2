import type { MoonshareError, Role, ServerSignal } from '@moonshare/contract';

/** A browser at a streamer's door, as the streamer sees it; its socket is behind. */
export interface Peer {
  readonly id: string;
  readonly role: Role;
  /** It asked to be told the state of the streamer. */
  readonly wantsEvents: boolean;
  send(message: ServerSignal): void;
  /** Its media connection is up. */
  opened?(): void;
  /** Resolves when its socket is closed, which takes a second at most. null: nothing went wrong. */
  close(error: MoonshareError | null): Promise<void>;
}
