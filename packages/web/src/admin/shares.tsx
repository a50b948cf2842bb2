import { roleSchema, type ShareInfo, type StreamerInfo } from '@moonshare/contract';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { coalesce } from './coalesce.ts';
import { useAction, useAdmin } from './context.ts';
import { ProblemNote } from './problem-note.tsx';
import { moment, ROLES } from './text.ts';

const READ_PAUSE_MS = 500;

/** The users that a streamer is shared with: those there are, one more, and one less. */
export function Shares({ streamer, open }: { streamer: StreamerInfo; open: boolean }) {
  const { api, session } = useAdmin();
  const id = streamer.streamer_id;
  const shares = useSignal<ShareInfo[] | null>(null);
  const reading = useAction(session);
  const changing = useAction(session);
  const read = useMemo(
    () =>
      coalesce(
        () =>
          reading.run(async () => {
            shares.value = await api.shares(id);
          }),
        READ_PAUSE_MS,
      ),
    [api, id],
  );
  useEffect(() => {
    if (open) read();
  }, [open, read]);

  const end = (user: string) => async (): Promise<void> => {
    await api.endShare(id, user);
    read();
  };
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    void changing.run(async () => {
      await api.share(id, String(fields.get('user')).trim(), roleSchema.parse(fields.get('role')));
      (form.elements.namedItem('user') as HTMLInputElement).value = '';
      read();
    });
  };
  return (
    <section aria-label={`Users with access to ${id}`}>
      <h3>Shared with</h3>
      <ProblemNote problem={reading.problem.value} />
      {shares.value?.length === 0 && <p class="quiet">Not shared with other users. Admins can always see it.</p>}
      {shares.value !== null && shares.value.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        <section class="scroll" tabIndex={0} aria-label={`Table of the users with access to ${id}`}>
          <table>
            <thead>
              <tr>
                {['User', 'May', 'Shared by', 'Since'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                <th class="last" aria-label="Stop sharing" />
              </tr>
            </thead>
            <tbody>
              {shares.value.map(({ user, role, given_by, created_at }) => (
                <tr key={user}>
                  <th scope="row">{user}</th>
                  <td>{ROLES[role]}</td>
                  <td>{given_by ?? 'credentials'}</td>
                  <td>
                    <time dateTime={created_at}>{moment(created_at, new Date())}</time>
                  </td>
                  <td class="last">
                    <button
                      type="button"
                      class="danger small"
                      disabled={changing.busy.value}
                      onClick={() => void changing.run(end(user))}
                    >
                      Stop sharing<span class="hidden"> with {user}</span>
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <form class="new-link" onSubmit={onSubmit}>
        <label>
          User
          <input name="user" required maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} />
        </label>
        <label>
          May
          <select name="role">
            {roleSchema.options.map((role) => (
              <option key={role} value={role}>
                {ROLES[role]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" disabled={changing.busy.value}>
          Share
        </button>
        <ProblemNote problem={changing.problem.value} />
      </form>
    </section>
  );
}
