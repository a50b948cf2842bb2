import type { Participant, ViewerControl } from '@moonshare/client';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { describeParticipant } from './messages.ts';
import { ownName, saveName } from './own-name.ts';
import type { ViewerModel } from './viewer-model.ts';

/** Who is here, what each of them may do, and who has the controls. */
export function People({ dialog, model }: { dialog: RefObject<HTMLDialogElement | null>; model: ViewerModel }) {
  const people = model.participants.value;
  const control = model.control.value;
  const you = people.find(({ isYou }) => isYou);
  const isAsked = control?.standing === 'yours' && control.request !== null;
  // The question is behind it, and may have little time.
  useEffect(() => {
    if (isAsked) dialog.current?.close();
  }, [isAsked, dialog]);
  return (
    <dialog ref={dialog} class="people" aria-labelledby="people-title">
      <h2 id="people-title">Who is here</h2>
      <ul>
        {people.map((participant) => (
          <li key={participant.id}>
            <span class="name">{participant.name}</span>
            <span class="what">{describeParticipant(participant, control)}</span>
            {mayGive(control, participant) && (
              <button type="button" class="link" onClick={() => model.viewer?.grantControl(participant.id)}>
                Give the controls<span class="unseen"> to {participant.name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {you?.mayRename && <NameForm current={you.name} model={model} />}
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

/** Only to who can use them, and has not got them. */
function mayGive(control: ViewerControl | null, { id, role }: Participant): boolean {
  if (control === null || control.policy === 'union' || role !== 'full' || control.holder?.id === id) return false;
  return control.standing === 'yours' || control.mayManage;
}

function NameForm({ current, model }: { current: string; model: ViewerModel }) {
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get('name') ?? '').trim();
    if (name === '') return;
    saveName(name);
    model.viewer?.setAttribute('name', name);
  };
  return (
    <form class="own-name" onSubmit={onSubmit}>
      <label>
        Your name
        <input name="name" maxLength={64} defaultValue={ownName.value === '' ? '' : current} placeholder={current} />
      </label>
      <button type="submit">Save</button>
    </form>
  );
}
