import { MoonshareError, type Role, type StreamerDetail, type StreamerInfo } from '@moonshare/contract';
import type { FastifyRequest } from 'fastify';
import type { Accounts, Standing, User } from '../accounts/index.ts';
import { allowsRole, covers } from '../auth/index.ts';
import type { OwnInfo, Streamer, StreamerRegistry } from '../streamers/index.ts';
import type { Authenticator, Caller } from './authenticator.ts';

/** Streamers as whoever asks may see them: one of somebody else is as one that does not exist. */
export class StreamerAuthorizer {
  readonly #authenticator: Authenticator;
  readonly #accounts: Accounts;
  readonly #streamers: StreamerRegistry;

  constructor(o: { authenticator: Authenticator; accounts: Accounts; streamers: StreamerRegistry }) {
    this.#authenticator = o.authenticator;
    this.#accounts = o.accounts;
    this.#streamers = o.streamers;
  }

  list(request: FastifyRequest): StreamerInfo[] {
    const caller = this.caller(request);
    return this.#streamers.all().flatMap((streamer) => {
      const standing = this.#standing(caller, streamer.id);
      return standing === null ? [] : [this.#describe(caller, standing, streamer, streamer.info())];
    });
  }

  async detail(request: FastifyRequest, id: string): Promise<StreamerDetail> {
    const caller = this.caller(request);
    const standing = this.#seen(caller, id);
    const streamer = this.#streamers.get(id);
    return this.#describe(caller, standing, streamer, await streamer.detail());
  }

  /** As an answer to whoever asked for it. */
  describe(caller: Caller, streamer: Streamer): StreamerInfo {
    const standing = this.#standing(caller, streamer.id) ?? { manages: false };
    return this.#describe(caller, standing, streamer, streamer.info());
  }

  /** For what only its owner and admins do. Throws STREAMER_NOT_FOUND, FORBIDDEN. */
  managed(request: FastifyRequest, id: string): Streamer {
    this.checkManaged(request, id);
    return this.#streamers.get(id);
  }

  /** The same, also of one that is wanted and does not run. */
  checkManaged(request: FastifyRequest, id: string): void {
    if (!this.#seen(this.caller(request), id).manages) throw notYours();
  }

  /**
   * Whose links to it the caller may revoke, also while it does not run; undefined: everybody's. Throws FORBIDDEN for one that is
   * shared with the caller.
   */
  revokes(request: FastifyRequest, id: string): User | undefined {
    const caller = this.caller(request);
    const standing = this.#standing(caller, id);
    if (standing?.manages || this.#accounts.streamers.reachesAll(caller.user)) return undefined;
    if (standing !== null) throw notYours();
    return caller.user;
  }

  /** For who may take part in this role. Throws STREAMER_NOT_FOUND, FORBIDDEN. */
  taken(request: FastifyRequest, id: string, role: Role): Streamer {
    const standing = this.#seen(this.caller(request), id);
    if (!allowsRole(standing.role, role)) {
      throw new MoonshareError('FORBIDDEN', { message: `This streamer is shared with you to ${VERBS[standing.role]}` });
    }
    return this.#streamers.get(id);
  }

  /** That the caller may make or change a streamer of that id. Throws STREAMER_ID_TAKEN, STREAMER_EXISTS, FORBIDDEN. */
  admit(caller: Caller, { method }: FastifyRequest, id: string): void {
    if (this.#streamers.ownerOf(id) === undefined) return;
    const standing = this.#standing(caller, id);
    if (standing === null) throw new MoonshareError('STREAMER_ID_TAKEN');
    if (!standing.manages) throw method === 'POST' ? new MoonshareError('STREAMER_EXISTS') : notYours();
  }

  /** Whether the caller sees a streamer. */
  sees(request: FastifyRequest): (id: string) => boolean {
    const caller = this.caller(request);
    return (id) => this.#standing(caller, id) !== null;
  }

  /** Of a caller who is known: the hook of the routes has seen to that. */
  caller(request: FastifyRequest): Caller {
    return this.#authenticator.checkScope(request, null);
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
