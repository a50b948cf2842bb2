import type { StreamerInfo } from '@moonshare/contract';
import { useRef } from 'preact/hooks';
import { useAction, useAdmin } from './context.ts';
import { count } from './format.ts';
import { ProblemNote } from './problem-note.tsx';

/** A button with a confirmation: nobody ends a shared stream by accident. */
export function EndStreamer({ streamer }: { streamer: StreamerInfo }) {
  const { api, session, model } = useAdmin();
  const dialog = useRef<HTMLDialogElement>(null);
  const ending = useAction(session);
  const { streamer_id: id, status, connected_peers } = streamer;
  const failed = status === 'failed';
  const end = async (): Promise<void> => {
    await api.endStreamer(id);
    dialog.current?.close();
    model.refresh();
  };
  return (
    <>
      <button type="button" class="danger" onClick={() => dialog.current?.showModal()}>
        {failed ? 'Remove' : 'End'}
        <span class="hidden"> {id}</span>
      </button>
      <dialog ref={dialog} class="question" aria-labelledby={`end-${id}`}>
        <h2 id={`end-${id}`}>{failed ? `Remove ${id} from the list?` : `End ${id}?`}</h2>
        <p>
          {failed
            ? 'It has already ended. Its join links and shares will stop working.'
            : `${consequence(connected_peers)} The app on the host closes with the last streamer there, and the join links and shares of ${id} will stop working.`}
        </p>
        <ProblemNote problem={ending.problem.value} />
        <form method="dialog">
          {/* biome-ignore lint/a11y/noAutofocus: when a dialog opens, its harmless button should have the focus. */}
          <button type="submit" autoFocus>
            Keep it
          </button>
          <button type="button" class="danger filled" disabled={ending.busy.value} onClick={() => void ending.run(end)}>
            {ending.busy.value ? 'Ending…' : failed ? 'Remove' : 'End streamer'}
          </button>
        </form>
      </dialog>
    </>
  );
}

function consequence(viewers: number): string {
  if (viewers === 0) return 'Nobody is watching at the moment.';
  return `${count(viewers, 'viewer')} will be disconnected.`;
}
