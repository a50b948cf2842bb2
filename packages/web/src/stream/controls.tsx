import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Help } from './help.tsx';
import { Icon, type IconName } from './icon.tsx';
import { People } from './people.tsx';
import type { ViewerModel } from './viewer-model.ts';

/** The buttons of the bar; each is shown only when it can do something. */
export function Controls({ model }: { model: ViewerModel }) {
  const people = useRef<HTMLDialogElement>(null);
  const help = useRef<HTMLDialogElement>(null);
  const refused = useSignal('');
  const playing = model.state.value.kind === 'playing' || model.state.value.kind === 'interrupted';
  const full = model.access.value === 'full';
  const touch = matchMedia('(pointer: coarse)').matches;

  /** Browsers refuse some of this, by settings or on their own: say so instead of doing nothing. */
  const attempt = (what: string, action: () => Promise<void> | undefined) => async (): Promise<void> => {
    try {
      refused.value = '';
      await action();
    } catch {
      refused.value = `The browser blocked ${what}.`;
    }
  };
  const paste = attempt('access to the clipboard', async () => {
    model.viewer?.typeText(await navigator.clipboard.readText());
    model.viewer?.focus();
  });

  return (
    <div class="controls" role="toolbar" aria-label="Stream">
      <span class="refused" role="status">
        {refused}
      </span>
      {playing && (
        <>
          <Control
            icon={model.muted.value ? 'muted' : 'sound'}
            label={model.muted.value ? 'Unmute' : 'Mute'}
            onClick={() => {
              if (model.viewer !== null) model.viewer.muted = !model.muted.value;
            }}
          />
          {full && touch && <Control icon="keyboard" label="Keyboard" onClick={() => model.viewer?.showKeyboard()} />}
          {full && isSecureContext && <Control icon="paste" label="Type clipboard text" onClick={paste} />}
          {full && !touch && (
            <Control
              icon="pointer"
              label="Lock the pointer (for games)"
              onClick={attempt('locking the pointer', () => model.viewer?.lockPointer())}
            />
          )}
          <Control
            icon="fullscreen"
            label="Full screen"
            onClick={attempt('full screen', () => model.viewer?.enterFullscreen())}
          />
        </>
      )}
      {model.participants.value.length > 0 && (
        <Control icon="people" label="Who is here" onClick={() => people.current?.showModal()} />
      )}
      <Control icon="help" label="Help" onClick={() => help.current?.showModal()} />
      <People dialog={people} model={model} />
      <Help dialog={help} model={model} />
    </div>
  );
}

function Control({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button type="button" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
