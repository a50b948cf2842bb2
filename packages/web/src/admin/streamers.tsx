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
      <ProblemNote problem={trouble} outlook="This page keeps trying." />
      {!mayWrite && (
        <p class="note">
          {me.role === 'viewer'
            ? 'Your role, viewer, lets you look and watch.'
            : 'Your access lets you look and watch.'}{' '}
          Ending streams, removing viewers and making links is for users with the role user or admin; an admin can give
          it to you.
        </p>
      )}
      {list === null && trouble === null && <p role="status">Reading the list…</p>}
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
      <h2>{seesAll ? 'No stream runs' : 'None of your streams runs, and none is shared with you'}</h2>
      <p>A streamer is started by the API or on the command line, and appears here by itself:</p>
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
