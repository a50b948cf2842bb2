import type { Me } from '@moonshare/contract';
import { Moon } from '../moon.tsx';
import { useAction, useAdmin } from './context.ts';

/** The top of the page: whether it is live, who is logged in, and logging out. */
export function Bar({ me }: { me: Me }) {
  const { session, model } = useAdmin();
  const leave = useAction(session);
  const live = model.live.value && model.problem.value === null;
  return (
    <header class="bar">
      <a class="home" href="./" aria-label="Moonshare home page">
        <Moon />
      </a>
      <h1>Streams</h1>
      <span class={`status ${live ? 'active' : 'reconnecting'}`} role="status">
        {live ? 'Up to date' : 'Connecting to the server'}
      </span>
      {leave.problem.value !== null && (
        <span class="refused" role="alert">
          {leave.problem.value.message}
        </span>
      )}
      <span class="me">{describe(me)}</span>
      {me.by === 'session' && (
        <button type="button" disabled={leave.busy.value} onClick={() => void leave.run(() => session.logOut())}>
          Log out
        </button>
      )}
    </header>
  );
}

/** A proxy in front may name the user or add the credentials; then there is no session to log out of. */
function describe({ user, role }: Me): string {
  if (user === null) return 'with shared credentials';
  return role === null || role === user ? user : `${user} (${role})`;
}
