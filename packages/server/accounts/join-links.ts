import { type LinkInfo, MoonshareError, type Role } from '@moonshare/contract';
import type { LinkRecord, LinkStore } from '../store/index.ts';
import type { LiveGrants } from './live-grants.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { createSecret, openSecret } from './secret.ts';

export interface JoinLink {
  id: number;
  streamerId: string;
  role: Role;
  hasPin: boolean;
  grant: string;
}

export interface NewLink {
  streamerId: string;
  role: Role;
  expiresInSeconds: number;
  pin?: string | undefined;
  /** null: as many as like. */
  maxUses: number | null;
  createdBy: string | null;
}

/** Links that let whoever has them into one streamer. */
export class JoinLinks {
  readonly #store: LinkStore;
  readonly #live: LiveGrants;

  constructor(store: LinkStore, live: LiveGrants) {
    this.#store = store;
    this.#live = live;
  }

  /** `token` goes into the fragment of the address and is stored nowhere. */
  async create(link: NewLink, now = Date.now()): Promise<{ info: LinkInfo; token: string }> {
    const { digest, text } = createSecret('msl');
    const { streamerId, role, maxUses, createdBy } = link;
    const pin = link.pin === undefined ? null : await hashPassword(link.pin);
    this.#store.removeExpired(now);
    const expiresAt = now + link.expiresInSeconds * 1000;
    const record = { streamerId, role, digest, pin, maxUses, createdBy, createdAt: now, expiresAt };
    const id = this.#store.add(record);
    return { info: info({ id, uses: 0, ...record }), token: text(id) };
  }

  list(streamerId: string): LinkInfo[] {
    return this.#store.list(streamerId).map(info);
  }

  /** Ends sockets and peers that came by it. Throws LINK_NOT_FOUND. */
  remove(streamerId: string, id: number): void {
    if (this.#store.byId(id)?.streamerId !== streamerId) throw new MoonshareError('LINK_NOT_FOUND');
    this.#store.remove(id);
    this.#live.revoke(`link:${id}`);
  }

  /** Of a streamer that was ended: the next one of that name is another. */
  removeAll(streamerId: string): void {
    for (const { id } of this.#store.list(streamerId)) this.remove(streamerId, id);
  }

  find(token: string, now = Date.now()): JoinLink | null {
    const record = openSecret('msl', token, (id) => this.#store.byId(id), now);
    if (record === null) return null;
    const { id, streamerId, role, pin } = record;
    return { id, streamerId, role, hasPin: pin !== null, grant: `link:${id}` };
  }

  async pinIsRight({ id }: JoinLink, pin: string): Promise<boolean> {
    return verifyPassword(pin, this.#store.byId(id)?.pin ?? '');
  }

  /** Counts one more browser. Throws LINK_USED_UP. */
  use({ id }: JoinLink): void {
    if (!this.#store.use(id)) throw new MoonshareError('LINK_USED_UP');
  }

  holds(id: number, now: number): boolean {
    const record = this.#store.byId(id);
    return record !== undefined && now < record.expiresAt;
  }
}

function info(record: LinkRecord): LinkInfo {
  return {
    id: record.id,
    streamer_id: record.streamerId,
    role: record.role,
    has_pin: record.pin !== null,
    max_uses: record.maxUses,
    uses: record.uses,
    created_by: record.createdBy,
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: new Date(record.expiresAt).toISOString(),
  };
}
