import type { StreamerInfo } from '@moonshare/contract';
import { useRef } from 'preact/hooks';
import { useAdmin } from './context.ts';
import { EndStreamer } from './end-streamer.tsx';
import { count, moment, statusText } from './format.ts';
import { Links } from './links.tsx';
import { Preview } from './preview.tsx';
import { ProblemText } from './problem-note.tsx';
import { Shares } from './shares.tsx';
import { Statistics } from './statistics.tsx';
import { Viewers } from './viewers.tsx';

/** One streamer: a summary, and when opened its statistics, viewers and links. */
export function Streamer({ streamer }: { streamer: StreamerInfo }) {
  const { model } = useAdmin();
  const { streamer_id: id, status, stage, error, may_manage: mayManage } = streamer;
  const open = model.opened.value.has(id);
  // Kept when closed, so that a link shown only once, or a half-filled form, is not lost.
  const wasOpen = useRef(false);
  wasOpen.current ||= open;
  return (
    <article class="streamer" aria-labelledby={`name-${id}`}>
      <header>
        <h2 id={`name-${id}`}>
          <a href={`s/${encodeURIComponent(id)}`} target="_blank" rel="noopener" title="Open the stream in a new tab">
            {id}
          </a>
        </h2>
        <span class={`status ${status}`}>
          {statusText(status)}
          {stage !== null && <span class="stage">{stage}</span>}
        </span>
        <div class="buttons">
          <button type="button" aria-expanded={open} aria-controls={`details-${id}`} onClick={() => model.toggle(id)}>
            Details<span class="hidden"> of {id}</span>
          </button>
          {mayManage && <EndStreamer streamer={streamer} />}
        </div>
        <Facts streamer={streamer} />
      </header>
      <Preview streamer={streamer} />
      {error !== null && <ProblemText problem={{ code: error.code, message: error.error, hint: error.hint }} />}
      <div id={`details-${id}`} class="details" hidden={!open}>
        {wasOpen.current && (
          <>
            <Statistics streamer={streamer} measurement={model.measurements.value.get(id)} />
            <Viewers streamer={streamer} measurement={model.measurements.value.get(id)} />
            {mayManage && <Links streamer={streamer} open={open} />}
            {mayManage && <Shares streamer={streamer} open={open} />}
          </>
        )}
      </div>
    </article>
  );
}

function Facts({ streamer }: { streamer: StreamerInfo }) {
  const { model } = useAdmin();
  const { host_id, width, height, fps, created_at, connected_peers, owner } = streamer;
  return (
    <ul class="facts">
      <li>{count(connected_peers, 'viewer')}</li>
      <li>{model.hostName(host_id)}</li>
      <li>
        {width} × {height}, {fps} fps
      </li>
      <li>
        since <time dateTime={created_at}>{moment(created_at, new Date())}</time>
      </li>
      {owner !== null && <li>owned by {owner}</li>}
    </ul>
  );
}
