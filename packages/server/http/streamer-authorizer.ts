import { MoonshareError, type Role, type StreamerDetail, type StreamerInfo } from '@moonshare/contract';
import type { Accounts } from '../accounts/accounts.ts';
import type { Standing } from '../accounts/streamer-access.ts';
import type { User } from '../accounts/users.ts';
import { allowsRole, covers } from '../auth/scopes.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import type { OwnInfo, Streamer } from '../streamers/streamer.ts';
import type { Caller } from './authenticator.ts';

/** Streamers as the caller may see them: someone else's looks as if it did not exist. */
export class StreamerAuthorizer {
  readonly #accounts: Accounts;
  readonly #streamers: StreamerRegistry;

  constructor({ accounts, streamers }: { accounts: Accounts; streamers: StreamerRegistry }) {
    this.#accounts = accounts;
    this.#streamers = streamers;
  }

  list(caller: Caller): StreamerInfo[] {
    return this.#streamers.all().flatMap((streamer) => {
      const standing = this.#standing(caller, streamer.id);
      return standing === null ? [] : [this.#describe(caller, standing, streamer, streamer.info())];
    });
  }

  async detail(caller: Caller, id: string): Promise<StreamerDetail> {
    const standing = this.#seen(caller, id);
    const streamer = this.#streamers.get(id);
    return this.#describe(caller, standing, streamer, await streamer.detail());
  }

  /** As an answer to the caller who asked for it. */
  describe(caller: Caller, streamer: Streamer): StreamerInfo {
    const standing = this.#standing(caller, streamer.id) ?? { manages: false };
    return this.#describe(caller, standing, streamer, streamer.info());
  }

  /** For what only the owner and admins may do. Throws STREAMER_NOT_FOUND, FORBIDDEN. */
  managed(caller: Caller, id: string): Streamer {
    this.checkManaged(caller, id);
    return this.#streamers.get(id);
  }

  /** The same, including a desired streamer that is not running. */
  checkManaged(caller: Caller, id: string): void {
    if (!this.#seen(caller, id).manages) throw notYours();
  }

  /** Whether the caller may manage it. */
  manages(caller: Caller, id: string): boolean {
    return this.#standing(caller, id)?.manages === true;
  }

  /**
   * Whose links to it the caller may revoke, even while it is not running; undefined: everyone's. Throws FORBIDDEN if it is only
   * shared with the caller.
   */
  revokes(caller: Caller, id: string): User | undefined {
    const standing = this.#standing(caller, id);
    if (standing?.manages || this.#accounts.streamers.reachesAll(caller.user)) return undefined;
    if (standing !== null) throw notYours();
    return caller.user;
  }

  /** For callers who may take part in this role. Throws STREAMER_NOT_FOUND, FORBIDDEN. */
  taken(caller: Caller, id: string, role: Role): Streamer {
    const standing = this.#seen(caller, id);
    if (!allowsRole(standing.role, role)) {
      throw new MoonshareError('FORBIDDEN', { message: `This streamer is shared with you to ${VERBS[standing.role]}` });
    }
    return this.#streamers.get(id);
  }

  /** Checks that the caller may create or change a streamer of that ID. Throws STREAMER_ID_TAKEN, STREAMER_EXISTS, FORBIDDEN. */
  admit(caller: Caller, method: string, id: string): void {
    if (this.#streamers.ownerOf(id) === undefined) return;
    const standing = this.#standing(caller, id);
    if (standing === null) throw new MoonshareError('STREAMER_ID_TAKEN');
    if (!standing.manages) throw method === 'POST' ? new MoonshareError('STREAMER_EXISTS') : notYours();
  }

  /** Whether the caller may see a streamer. */
  sees(caller: Caller): (id: string) => boolean {
    return (id) => this.#standing(caller, id) !== null;
  }

  #seen(caller: Caller, id: string): Standing {
    const standing = this.#standing(caller, id);
    if (standing === null) throw this.#streamers.notFound();
    return standing;
  }

  #standing({ user }: Caller, id: string): Standing | null {
    return this.#accounts.streamers.of(user, id);
  }

  #describe<T extends OwnInfo>(
    { scopes }: Caller,
    { manages }: Pick<Standing, 'manages'>,
    { ownerId }: Streamer,
    info: T,
  ): T & Pick<StreamerInfo, 'owner' | 'may_manage'> {
    const owner = ownerId === null ? null : (this.#accounts.users.byId(ownerId)?.name ?? null);
    return { ...info, owner, may_manage: manages && covers(scopes, 'streamers:write') };
  }
}

const VERBS: Record<Role, string> = { watch: 'watch only', gamepad: 'play by gamepad only', full: 'take part' };

function notYours(): MoonshareError {
  return new MoonshareError('FORBIDDEN', {
    message: 'This streamer is shared with you; only its owner and admins may do this',
  });
}
