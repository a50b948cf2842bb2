import { ApiError } from '@moonshare/api';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Moon } from '../moon.tsx';
import { problemOf } from './problem.ts';
import type { AdminSession } from './session.ts';

/** User and password. `ended`: this page's login has expired or was ended. */
export function Login({ session, ended }: { session: AdminSession; ended: boolean }) {
  const password = useRef<HTMLInputElement>(null);
  const busy = useSignal(false);
  const message = useSignal(ended ? 'Your session has ended. Log in again to continue.' : '');
  const wait = useSignal(0);
  useEffect(() => {
    if (wait.value === 0) return;
    const timer = setTimeout(() => {
      wait.value -= 1;
    }, 1000);
    return () => clearTimeout(timer);
  }, [wait.value]);

  const onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy.value || wait.value > 0) return;
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    busy.value = true;
    message.value = '';
    try {
      await session.logIn(String(fields.get('user')), String(fields.get('password')));
    } catch (error) {
      const { code, message: what, hint } = problemOf(error);
      wait.value = error instanceof ApiError ? (error.retryAfterMs ?? 0) / 1000 : 0;
      message.value =
        code === 'RATE_LIMITED'
          ? 'Too many failed attempts from your address. Wait before you try again.'
          : `${what}. ${hint}`;
      if (code === 'LOGIN_FAILED' && password.current !== null) {
        password.current.value = '';
        password.current.focus();
      }
    } finally {
      busy.value = false;
    }
  };

  return (
    <main class="door">
      <Moon />
      <h1>Log in</h1>
      <p>This page shows the streams on this server and who is watching them.</p>
      <form onSubmit={onSubmit}>
        <label>
          User
          <input
            name="user"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            maxLength={256}
            required
          />
        </label>
        <label>
          Password
          <input
            ref={password}
            name="password"
            type="password"
            autocomplete="current-password"
            maxLength={1024}
            required
          />
        </label>
        <p class="said" role="alert">
          {message}
        </p>
        <button type="submit" class="primary" disabled={busy.value || wait.value > 0}>
          {wait.value > 0 ? `Wait ${wait.value} s` : busy.value ? 'Logging in…' : 'Log in'}
        </button>
      </form>
      <p class="aside">
        The server shows the password of the user <kbd>admin</kbd> when it first starts.{' '}
        <kbd>npx moonshare users add</kbd> adds more users; <kbd>users set-password</kbd> replaces a forgotten password.
      </p>
    </main>
  );
}
