import { type LinkInfo, MoonshareError, type Role } from '@moonshare/contract';
import type { LinkRecord, LinkStore } from '../store/link-store.ts';
import type { ApiToken } from './api-tokens.ts';
import type { Grantors, Ownership } from './grantors.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { type Revocations, withdrawnButNotStored } from './revocations.ts';
import { createSecret, openSecret } from './secret.ts';
import type { User } from './users.ts';

export interface JoinLink {
  id: number;
  streamerId: string;
  role: Role;
  hasPin: boolean;
  /** It opens only in a browser that its grantor has vouched for. */
  isForVouched: boolean;
  /** The user who made it; null: nobody in particular. */
  grantorId: number | null;
  /** What whoever uses it is called; null: not fixed. */
  name: string | null;
  grant: string;
}

export interface NewLink {
  streamerId: string;
  role: Role;
  expiresInSeconds: number;
  pin?: string | undefined;
  /** null: unlimited. */
  maxUses: number | null;
  isForVouched?: boolean;
  name?: string | undefined;
  /** Whose rights it depends on: it ends with them. Both null: made with the shared credentials, or by this server. */
  grantor: { user: User | null; token: ApiToken | null };
}

/** Called when links end with their streamer, or with their grantor's rights. */
export type LinksEnded = (links: readonly { id: number; streamerId: string }[]) => void;

interface JoinLinksOptions {
  grantors: Grantors;
  ownership: Ownership;
  revocations: Revocations;
  ended: LinksEnded;
  passwordCost: number;
}

/** Links that let anyone who has them into one streamer. */
export class JoinLinks {
  readonly #options: JoinLinksOptions;
  readonly #store: LinkStore;

  constructor(store: LinkStore, options: JoinLinksOptions) {
    this.#options = options;
    this.#store = store;
  }

  /** `token` goes into the fragment of the URL and is not stored. The link does not outlive the API token it was made with. */
  async create(link: NewLink, now = Date.now()): Promise<{ info: LinkInfo; token: string }> {
    const { digest, text } = createSecret('msl');
    const { streamerId, role, maxUses, grantor } = link;
    const ownerId = this.#options.ownership.ownerOf(streamerId) ?? null;
    const pin = link.pin === undefined ? null : await hashPassword(link.pin, this.#options.passwordCost);
    this.#store.removeExpired(now);
    const record = {
      streamerId,
      role,
      digest,
      pin,
      maxUses,
      vouched: Number(link.isForVouched ?? false),
      name: link.name ?? null,
      createdBy: grantor.user?.name ?? null,
      userId: grantor.user?.id ?? null,
      tokenId: grantor.token?.id ?? null,
      ownerId,
      createdAt: now,
      expiresAt: Math.min(now + link.expiresInSeconds * 1000, grantor.token?.expiresAt ?? Number.POSITIVE_INFINITY),
    };
    const id = this.#store.add(record);
    return { info: info({ id, uses: 0, ...record }), token: text(id) };
  }

  list(streamerId: string): LinkInfo[] {
    return this.#all(streamerId).map(info);
  }

  /** Ends the sockets and peers that used it. `of`: only if that user made it. Throws LINK_NOT_FOUND, STORE_UNWRITABLE. */
  remove(streamerId: string, id: number, of?: User): void {
    const record = this.#all(streamerId).find((one) => one.id === id);
    if (record === undefined || (of !== undefined && record.userId !== of.id)) {
      throw new MoonshareError('LINK_NOT_FOUND');
    }
    if (!this.#end([{ id }])) throw withdrawnButNotStored();
  }

  /** For a streamer that has ended: the next one of that name is a different one. Returns whether that is stored already. */
  removeAll(streamerId: string): boolean {
    const links = this.#store.list(streamerId).filter(({ id }) => !this.#options.revocations.has(grantOf(id)));
    const isStored = this.#end(links);
    this.#options.ended(links);
    return isStored;
  }

  /** Ends the links that this user or these API tokens made and may no longer give. */
  endBeyond(grantor: { userId: number } | { tokenIds: readonly number[] }): void {
    const given =
      'userId' in grantor
        ? this.#store.ofUser(grantor.userId)
        : grantor.tokenIds.flatMap((id) => this.#store.ofToken(id));
    const beyond = given.filter(
      (record) => !this.#options.revocations.has(grantOf(record.id)) && !this.#isGiven(record),
    );
    this.#end(beyond);
    this.#options.ended(beyond);
  }

  find(token: string, now = Date.now()): JoinLink | null {
    const record = openSecret('msl', token, (id) => this.#byId(id), now);
    if (record === null || !this.#isGiven(record)) return null;
    const { id, streamerId, role, pin, name, vouched, userId } = record;
    return {
      id,
      streamerId,
      role,
      name,
      hasPin: pin !== null,
      isForVouched: vouched === 1,
      grantorId: userId,
      grant: grantOf(id),
    };
  }

  async pinIsRight({ id }: JoinLink, pin: string): Promise<boolean> {
    return verifyPassword(pin, this.#byId(id)?.pin ?? '');
  }

  /** Counts one more browser. Throws LINK_USED_UP. */
  use({ id }: JoinLink): void {
    if (!this.#store.use(id)) throw new MoonshareError('LINK_USED_UP');
  }

  holds(id: number, now: number): boolean {
    const record = this.#byId(id);
    return record !== undefined && now < record.expiresAt && this.#isGiven(record);
  }

  #all(streamerId: string): LinkRecord[] {
    const records = this.#store.list(streamerId).filter(({ id }) => !this.#options.revocations.has(grantOf(id)));
    return records.filter((record) => this.#options.grantors.isSameStreamer(record));
  }

  #byId(id: number): LinkRecord | undefined {
    return this.#options.revocations.has(grantOf(id)) ? undefined : this.#store.byId(id);
  }

  /** Returns whether that is stored already. */
  #end(links: readonly { id: number }[]): boolean {
    const ids = links.map(({ id }) => id);
    const grants = ids.map(grantOf);
    this.#options.revocations.withdraw(grants);
    return ids.length === 0 || this.#options.revocations.store(grants, () => this.#store.removeAll(ids));
  }

  #isGiven(record: LinkRecord): boolean {
    return this.#options.grantors.stillGrant({ ...record, grantorId: record.userId });
  }
}

function grantOf(id: number): string {
  return `link:${id}`;
}

function info(record: LinkRecord): LinkInfo {
  return {
    id: record.id,
    streamer_id: record.streamerId,
    role: record.role,
    has_pin: record.pin !== null,
    max_uses: record.maxUses,
    vouched: record.vouched === 1,
    name: record.name,
    uses: record.uses,
    created_by: record.createdBy,
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: new Date(record.expiresAt).toISOString(),
  };
}
