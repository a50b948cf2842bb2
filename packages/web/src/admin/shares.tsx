import type { ShareInfo, StreamerInfo } from '@moonshare/contract';
import { useAction, useAdmin } from './context.ts';
import { moment, ROLES } from './format.ts';
import { RoleField, roleOf } from './new-link-form.tsx';
import { ProblemNote } from './problem-note.tsx';
import { RowButton, ScrollTable } from './scroll-table.tsx';
import { useList } from './use-list.ts';

const HEADINGS = ['User', 'Access', 'Shared by', 'Since'].map((name) => ({ name }));

/** The users that a streamer is shared with: the list, adding one, and removing one. */
export function Shares({ streamer, open }: { streamer: StreamerInfo; open: boolean }) {
  const { api, session } = useAdmin();
  const id = streamer.streamer_id;
  const reading = useAction(session);
  const changing = useAction(session);
  const { list: shares, read } = useList<ShareInfo>(async () => (await api.listShares(id)).shares, {
    id,
    open,
    reading,
  });

  const end = (user: string) => async (): Promise<void> => {
    await api.endShare(id, user);
    read();
  };
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    void changing.run(async () => {
      await api.share(id, String(fields.get('user')).trim(), {
        role: roleOf(fields),
      });
      (form.elements.namedItem('user') as HTMLInputElement).value = '';
      read();
    });
  };
  return (
    <section aria-label={`Users with access to ${id}`}>
      <h3>Shared with</h3>
      <ProblemNote problem={reading.problem.value} />
      {shares.value?.length === 0 && <p class="quiet">Not shared with anyone. Admins can always see it.</p>}
      {shares.value !== null && shares.value.length > 0 && (
        <ScrollTable label={`Table of the users with access to ${id}`} headings={HEADINGS} action="Stop sharing">
          {shares.value.map(({ user, role, given_by, created_at }) => (
            <tr key={user}>
              <th scope="row">{user}</th>
              <td>{ROLES[role]}</td>
              <td>{given_by ?? 'credentials'}</td>
              <td>
                <time dateTime={created_at}>{moment(created_at, new Date())}</time>
              </td>
              <RowButton name="Stop sharing" about={`with ${user}`} action={changing} run={end(user)} />
            </tr>
          ))}
        </ScrollTable>
      )}
      <form class="new-link" onSubmit={onSubmit}>
        <label>
          User
          <input name="user" required maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} />
        </label>
        <RoleField />
        <button type="submit" disabled={changing.busy.value}>
          Share
        </button>
        <ProblemNote problem={changing.problem.value} />
      </form>
    </section>
  );
}
