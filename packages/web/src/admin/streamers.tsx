import type { Me } from '@moonshare/contract';
import { useAdmin } from './context.ts';
import { count } from './format.ts';
import { ProblemNote } from './problem-note.tsx';
import { Streamer } from './streamer.tsx';

/** All streamers that this person may see, one below the other. */
export function Streamers({ me }: { me: Me }) {
  const { model, mayWrite } = useAdmin();
  const list = model.streamers.value;
  const streamers = [...(list?.values() ?? [])];
  const viewers = streamers.reduce((sum, { connected_peers }) => sum + connected_peers, 0);
  const trouble = model.problem.value;
  return (
    <main class="streamers">
      <ProblemNote problem={trouble} outlook="Retrying automatically." />
      {!mayWrite && (
        <p class="note">
          {me.role === 'viewer'
            ? 'With your role, viewer, you can look around and watch.'
            : 'With your access you can look around and watch.'}{' '}
          Ending streams, removing viewers and creating links takes the role user or admin; an admin can give it to you.
        </p>
      )}
      {list === null && trouble === null && <p role="status">Loading…</p>}
      {list !== null && (
        <p class="summary" role="status">
          {count(streamers.length, 'streamer')}, {count(viewers, 'viewer')}
          {trouble !== null && ' when the server last answered'}
        </p>
      )}
      {list?.size === 0 && trouble === null && <Empty seesAll={me.role === 'admin' || me.user === null} />}
      {streamers.map((streamer) => (
        <Streamer key={streamer.streamer_id} streamer={streamer} />
      ))}
    </main>
  );
}

function Empty({ seesAll }: { seesAll: boolean }) {
  return (
    <section class="empty">
      <h2>{seesAll ? 'No streams are running' : 'None of your streams is running, and none is shared with you'}</h2>
      <p>Start a streamer by the API or on the command line, and it appears here:</p>
      <pre>
        <code>npx moonshare streamers start desk --app Desktop</code>
      </pre>
      <p>
        <code>POST /api/streamers</code> and everything else is described in the <a href="api/docs">API reference</a> of
        this server.
      </p>
    </section>
  );
}
