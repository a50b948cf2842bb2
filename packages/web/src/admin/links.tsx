import type { CreatedLink, LinkInfo, StreamerInfo } from '@moonshare/contract';
import { useSignal } from '@preact/signals';
import { useAction, useAdmin } from './context.ts';
import { CreatedLinkNote } from './created-link-note.tsx';
import { moment, ROLES, uses } from './format.ts';
import { NewLinkForm } from './new-link-form.tsx';
import { ProblemNote } from './problem-note.tsx';
import { RowButton, ScrollTable } from './scroll-table.tsx';
import { useList } from './use-list.ts';

const HEADINGS = ['Link', 'Name', 'Access', 'PIN', 'Used by', 'Created by', 'Expires'].map((name) => ({ name }));

/** A streamer's join links: the existing ones, creating one, and revoking one. */
export function Links({ streamer, open }: { streamer: StreamerInfo; open: boolean }) {
  const { api, session } = useAdmin();
  const id = streamer.streamer_id;
  const made = useSignal<CreatedLink[]>([]);
  const reading = useAction(session);
  const revoking = useAction(session);
  // A new viewer may have used one.
  const reloadOn = streamer.peers.length;
  const { list: links, read } = useList<LinkInfo>(async () => (await api.listLinks(id)).links, {
    id,
    open,
    reloadOn,
    reading,
  });

  const dismiss = (link: number): void => {
    made.value = made.value.filter((one) => one.id !== link);
  };
  const revoke = (link: number) => async (): Promise<void> => {
    await api.revokeLink(id, link);
    dismiss(link);
    read();
  };
  return (
    <section aria-label={`Links of ${id}`}>
      <h3>Links</h3>
      <ProblemNote problem={reading.problem.value ?? revoking.problem.value} />
      {links.value?.length === 0 && <p class="quiet">No links yet.</p>}
      {links.value !== null && links.value.length > 0 && (
        <ScrollTable label={`Table of the links of ${id}`} headings={HEADINGS} action="Revoke">
          {links.value.map((link) => (
            <tr key={link.id}>
              <th scope="row">{link.id}</th>
              <td>{link.name ?? ''}</td>
              <td>{ROLES[link.role]}</td>
              <td>{link.has_pin ? 'yes' : 'no'}</td>
              <td>{uses(link)}</td>
              <td>{link.created_by ?? 'credentials'}</td>
              <td>
                <Until link={link} />
              </td>
              <RowButton name="Revoke" about={`link ${link.id}`} action={revoking} run={revoke(link.id)} />
            </tr>
          ))}
        </ScrollTable>
      )}
      {made.value.map((link) => (
        <CreatedLinkNote key={link.id} link={link} onDone={() => dismiss(link.id)} />
      ))}
      <NewLinkForm
        make={async (request) => {
          const link = await api.createLink(id, request);
          made.value = [...made.value, link];
          read();
        }}
      />
    </section>
  );
}

function Until({ link: { expires_at } }: { link: LinkInfo }) {
  const now = new Date();
  if (new Date(expires_at) < now) return <>expired</>;
  return <time dateTime={expires_at}>{moment(expires_at, now)}</time>;
}
