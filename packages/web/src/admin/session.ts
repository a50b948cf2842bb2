import type { MoonshareApi } from '@moonshare/api';
import { ApiError } from '@moonshare/api';
import type { Problem } from '@moonshare/client';
import type { Me, Scope } from '@moonshare/contract';
import { signal } from '@preact/signals';
import { problemOf } from './problem.ts';

export type SessionState =
  | { kind: 'asking' }
  /** `ended`: someone was logged in here until now. */
  | { kind: 'out'; ended: boolean }
  | { kind: 'in'; me: Me }
  /** Who is logged in could not be determined. */
  | { kind: 'unknown'; problem: Problem };

/** Who is using this page. The secret is in a cookie that scripts cannot see. */
export class AdminSession {
  readonly state = signal<SessionState>({ kind: 'asking' });
  readonly #api: MoonshareApi;

  constructor(api: MoonshareApi) {
    this.#api = api;
  }

  async ask(): Promise<void> {
    this.state.value = { kind: 'asking' };
    try {
      this.state.value = { kind: 'in', me: await this.#api.me() };
    } catch (error) {
      this.state.value = isLoggedOut(error)
        ? { kind: 'out', ended: false }
        : { kind: 'unknown', problem: problemOf(error) };
    }
  }

  /** Throws ApiError; then nothing has changed. */
  async logIn(user: string, password: string): Promise<void> {
    await this.#api.logIn({ user, password });
    await this.ask();
  }

  /** Throws ApiError; then the user is still logged in. */
  async logOut(): Promise<void> {
    try {
      await this.#api.logOut();
    } catch (error) {
      if (!isLoggedOut(error)) throw error;
    }
    this.state.value = { kind: 'out', ended: false };
  }

  /** Whether a failed request means that the login has ended on the server; the page then says so. */
  endedBy(error: unknown): boolean {
    if (!isLoggedOut(error)) return false;
    if (this.state.value.kind === 'in') this.state.value = { kind: 'out', ended: true };
    return true;
  }
}

export function may(me: Me, scope: Scope): boolean {
  return me.scopes.includes(scope) || me.scopes.includes('admin');
}

function isLoggedOut(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'UNAUTHORIZED';
}
