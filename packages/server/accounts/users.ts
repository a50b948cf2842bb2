import { randomBytes } from 'node:crypto';
import { MoonshareError, type UserInfo, type UserRole } from '@moonshare/contract';
import type { SessionStore } from '../store/session-store.ts';
import type { UserRecord, UserStore } from '../store/user-store.ts';
import { hashOfNoPassword, hashPassword, verifyPassword } from './password.ts';
import { type Revocations, withdrawnButNotStored } from './revocations.ts';

const FIRST_ADMIN = 'admin';

export interface User {
  id: number;
  name: string;
  role: UserRole;
  /** Ends when the user's rights do. */
  grant: string;
}

/** People with a password and a role. */
export class Users {
  readonly #store: UserStore;
  readonly #sessions: SessionStore;
  readonly #revocations: Revocations;
  readonly #rightsChanged: (userId: number) => void;
  /** Compared with if there is no such user, so that the answer takes as long. */
  readonly #nobody: string;
  readonly #passwordCost: number;

  /** `rightsChanged`: what the user gave to others may now exceed the user's rights. `passwordCost`: see hashPassword. */
  constructor(
    store: UserStore,
    sessions: SessionStore,
    revocations: Revocations,
    rightsChanged: (userId: number) => void,
    passwordCost: number,
  ) {
    this.#store = store;
    this.#sessions = sessions;
    this.#revocations = revocations;
    this.#rightsChanged = rightsChanged;
    this.#passwordCost = passwordCost;
    this.#nobody = hashOfNoPassword(passwordCost);
  }

  list(): UserInfo[] {
    return this.#all().map(info);
  }

  /** Throws USER_EXISTS. */
  async create(user: { name: string; role: UserRole; password: string }, now = Date.now()): Promise<UserInfo> {
    const added = this.#store.add({ ...user, password: await this.#hash(user.password) }, now);
    if (!added) throw new MoonshareError('USER_EXISTS');
    return info(this.#find(user.name));
  }

  /** For the first start, when there are no users yet; null if there are. */
  async createFirstAdmin(): Promise<{ name: string; password: string } | null> {
    if (this.#store.list().length > 0) return null;
    const password = randomBytes(15).toString('base64url');
    await this.create({ name: FIRST_ADMIN, role: 'admin', password });
    return { name: FIRST_ADMIN, password };
  }

  /** null for an unknown user or a wrong password. `by`: see verifyPassword. */
  async authenticate(name: string, password: string, by: 'known' | 'stranger' = 'stranger'): Promise<User | null> {
    const record = this.#byName(name);
    const right = await verifyPassword(password, record?.password ?? this.#nobody, by);
    // The user may have been removed or changed in the meantime.
    const now = this.#byName(name);
    return right && record !== undefined && now?.password === record.password ? user(now) : null;
  }

  /** Ends what the user has open, and what the user gave to others beyond the new role. Throws USER_NOT_FOUND, LAST_ADMIN, STORE_UNWRITABLE. */
  async change(
    name: string,
    change: { role?: UserRole | undefined; password?: string | undefined },
  ): Promise<UserInfo> {
    this.#find(name);
    const password = change.password === undefined ? undefined : await this.#hash(change.password);
    const before = this.#find(name);
    const role = change.role ?? before.role;
    if (role !== 'admin') this.#keepAnAdmin(before);
    const grants = [grantOf(before)];
    this.#revocations.withdraw(grants);
    const isStored = this.#revocations.store(grants, () => {
      this.#store.change(before.id, { role, password: password ?? before.password });
      this.#sessions.removeAllOf(before.id);
    });
    this.#rightsChanged(before.id);
    if (!isStored) throw withdrawnButNotStored();
    return info(this.#find(name));
  }

  /** Also removes sessions, tokens and links, and ends what they have open. Throws USER_NOT_FOUND, LAST_ADMIN, STORE_UNWRITABLE. */
  remove(name: string): void {
    const record = this.#find(name);
    this.#keepAnAdmin(record);
    // Before their rows are removed along with the user's.
    const end = () => this.#rightsChanged(record.id);
    this.#revocations.revoke([grantOf(record)], () => this.#store.remove(record.id), end);
  }

  byName(name: string): User | null {
    const record = this.#byName(name);
    return record === undefined ? null : user(record);
  }

  byId(id: number): User | null {
    const record = this.#counting(this.#store.byId(id));
    return record === undefined ? null : user(record);
  }

  #all(): UserRecord[] {
    return this.#store.list().filter((record) => this.#counting(record) !== undefined);
  }

  #byName(name: string): UserRecord | undefined {
    return this.#counting(this.#store.byName(name));
  }

  /** A user whose change or removal is not stored yet does not count until it is. */
  #counting(record: UserRecord | undefined): UserRecord | undefined {
    return record !== undefined && this.#revocations.has(grantOf(record)) ? undefined : record;
  }

  #find(name: string): UserRecord {
    const record = this.#byName(name);
    if (record === undefined) throw new MoonshareError('USER_NOT_FOUND');
    return record;
  }

  #hash(password: string): Promise<string> {
    return hashPassword(password, this.#passwordCost);
  }

  #keepAnAdmin(record: UserRecord): void {
    const another = this.#all().some(({ id, role }) => role === 'admin' && id !== record.id);
    if (record.role === 'admin' && !another) throw new MoonshareError('LAST_ADMIN');
  }
}

function grantOf({ id, generation }: UserRecord): string {
  return `user:${id}.${generation}`;
}

function user(record: UserRecord): User {
  return { id: record.id, name: record.name, role: record.role, grant: grantOf(record) };
}

function info({ name, role, createdAt }: UserRecord): UserInfo {
  return { name, role, created_at: new Date(createdAt).toISOString() };
}
