import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Help } from './help.tsx';
import { Icon, type IconName } from './icon.tsx';
import type { Stage } from './stage.ts';

/** The buttons of the bar; each is there only when it can do something. */
export function Controls({ stage }: { stage: Stage }) {
  const help = useRef<HTMLDialogElement>(null);
  const refused = useSignal('');
  const playing = stage.state.value.kind === 'playing' || stage.state.value.kind === 'interrupted';
  const full = stage.access.value === 'full';
  const touch = matchMedia('(pointer: coarse)').matches;

  /** Browsers refuse some of this, by setting or by whim: say so instead of doing nothing. */
  const attempt = (what: string, action: () => Promise<void> | undefined) => async (): Promise<void> => {
    try {
      refused.value = '';
      await action();
    } catch {
      refused.value = `The browser did not allow this: ${what}.`;
    }
  };
  const paste = attempt('read the clipboard', async () => {
    stage.viewer?.typeText(await navigator.clipboard.readText());
    stage.viewer?.focus();
  });

  return (
    <div class="controls" role="toolbar" aria-label="Stream">
      <span class="refused" role="status">
        {refused}
      </span>
      {playing && (
        <>
          <Control
            icon={stage.muted.value ? 'muted' : 'sound'}
            label={stage.muted.value ? 'Sound on' : 'Sound off'}
            onClick={() => {
              if (stage.viewer !== null) stage.viewer.muted = !stage.muted.value;
            }}
          />
          {full && touch && <Control icon="keyboard" label="Keyboard" onClick={() => stage.viewer?.showKeyboard()} />}
          {full && isSecureContext && <Control icon="paste" label="Type the clipboard" onClick={paste} />}
          {full && !touch && (
            <Control
              icon="pointer"
              label="Lock the pointer, for games"
              onClick={attempt('lock the pointer', () => stage.viewer?.lockPointer())}
            />
          )}
          <Control
            icon="fullscreen"
            label="Full screen"
            onClick={attempt('full screen', () => stage.viewer?.enterFullscreen())}
          />
        </>
      )}
      <Control icon="help" label="Help" onClick={() => help.current?.showModal()} />
      <Help dialog={help} stage={stage} />
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
