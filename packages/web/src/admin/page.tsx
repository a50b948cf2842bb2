// First: it keeps zod from trying eval, which the content security policy forbids.
import './csp-safe-zod.ts';
import './admin.css';
import './login.css';
import './streamer.css';
import { MoonshareApi } from '@moonshare/api';
import type { Me } from '@moonshare/contract';
import { render } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { Moon } from '../moon.tsx';
import { AdminModel } from './admin-model.ts';
import { Bar } from './bar.tsx';
import { AdminContext } from './context.ts';
import { Login } from './login.tsx';
import { AdminSession, may } from './session.ts';
import { Streamers } from './streamers.tsx';

/** The server ends a streamer within 7 s and waits for a host some seconds; waiting longer than this is pointless. */
const ANSWER_LIMIT_MS = 20_000;

export function showAdmin(base: URL): void {
  document.title = 'Admin · Moonshare';
  const api = new MoonshareApi({ url: base, timeoutMs: ANSWER_LIMIT_MS, retries: 0 });
  const session = new AdminSession(api);
  void session.ask();
  render(<AdminPage api={api} session={session} />, document.body);
}

/** The login, or the page behind it. */
function AdminPage({ api, session }: { api: MoonshareApi; session: AdminSession }) {
  const state = session.state.value;
  switch (state.kind) {
    case 'asking':
      return <LoginFrame>Checking your login…</LoginFrame>;
    case 'unknown':
      return (
        <LoginFrame>
          {state.problem.message}. {state.problem.hint}{' '}
          <button type="button" class="primary" onClick={() => void session.ask()}>
            Try again
          </button>
        </LoginFrame>
      );
    case 'out':
      return <Login session={session} ended={state.ended} />;
    case 'in':
      return <Inside api={api} session={session} me={state.me} />;
  }
}

function LoginFrame({ children }: { children: preact.ComponentChildren }) {
  return (
    <main class="door">
      <Moon />
      <h1>Moonshare</h1>
      <p role="status">{children}</p>
    </main>
  );
}

function Inside({ api, session, me }: { api: MoonshareApi; session: AdminSession; me: Me }) {
  const admin = useMemo(() => {
    const endedBy = (error: unknown): boolean => session.endedBy(error);
    const model = new AdminModel({ api, endedBy, mayReadHosts: may(me, 'hosts:read') });
    return { api, session, model, mayWrite: may(me, 'streamers:write') };
  }, [api, session, me]);
  useEffect(() => admin.model.start(), [admin]);
  return (
    <AdminContext.Provider value={admin}>
      <Bar me={me} />
      <Streamers me={me} />
    </AdminContext.Provider>
  );
}
