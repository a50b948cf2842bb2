import { controlText, ways } from '@moonshare/client';
import type { ViewerModel } from './viewer-model.ts';

/** Who has the controls, and what the person can do about it; nothing while everybody has. */
export function ControlBar({ model }: { model: ViewerModel }) {
  const control = model.control.value;
  const text = control === null ? '' : controlText(control);
  if (control === null || text === '' || model.state.value.kind !== 'playing') return null;
  const isAsking = control.request?.isYou === true;
  const act = (action: () => void) => (): void => {
    action();
    model.viewer?.focus();
  };
  return (
    <section class={`control-bar ${control.standing}`} aria-label="Controls of the remote computer">
      <span role="status">{text}</span>
      {control.standing === 'yours' && (
        <button type="button" onClick={() => model.viewer?.releaseControl()}>
          Release
        </button>
      )}
      {isAsking && (
        <button type="button" onClick={() => model.viewer?.releaseControl()}>
          Stop asking
        </button>
      )}
      {!isAsking &&
        ways(control).map(({ label, action }) => (
          <button
            key={action}
            type="button"
            onClick={act(() => (action === 'take' ? model.viewer?.takeControl() : model.viewer?.requestControl()))}
          >
            {label === 'Take the controls' ? 'Take' : label}
          </button>
        ))}
    </section>
  );
}
