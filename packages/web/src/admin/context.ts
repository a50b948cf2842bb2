import type { MoonshareApi } from '@moonshare/api';
import type { Problem } from '@moonshare/client';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { AdminModel } from './admin-model.ts';
import { problemOf } from './problem.ts';
import type { AdminSession } from './session.ts';

/** What every part of the page works with once someone is logged in. */
export interface Admin {
  api: MoonshareApi;
  session: AdminSession;
  model: AdminModel;
  /** May end, kick and invite; otherwise the server would refuse, so there are no buttons for it. */
  mayWrite: boolean;
}

export const AdminContext = createContext<Admin | null>(null);

export function useAdmin(): Admin {
  const admin = useContext(AdminContext);
  if (admin === null) throw new Error('outside of AdminContext');
  return admin;
}

export interface Action {
  busy: ReadonlySignal<boolean>;
  /** Why the last attempt failed. */
  problem: ReadonlySignal<Problem | null>;
  /** Runs one action at a time; calls during a run do nothing. Never rejects. */
  run(action: () => Promise<void>): Promise<void>;
}

/** An action that a button triggers on the server: whether it is running, and what went wrong. */
export function useAction(session: AdminSession): Action {
  const busy = useSignal(false);
  const problem = useSignal<Problem | null>(null);
  const run = async (action: () => Promise<void>): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await action();
    } catch (error) {
      if (!session.endedBy(error)) problem.value = problemOf(error);
    } finally {
      busy.value = false;
    }
  };
  return { busy, problem, run };
}
