import { isApple, KEYBOARD_SETTINGS, type KeyboardSettings, platformOf } from '@moonshare/client';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

const STORED_AS = 'moonshare.keyboard';

/** How to interpret this device's keyboard; stored in the browser, for all streams of the server. */
export const keyboardSettings = signal<KeyboardSettings>(stored());

/** The choices, for the help. */
export function KeyboardChoices() {
  return (
    <fieldset class="choices">
      <legend>Your keyboard</legend>
      {isApple(platformOf(navigator)) && (
        <Choice name="commandIsControl">
          Command acts as Control on the remote computer (leave this off if that is a Mac)
        </Choice>
      )}
      <Choice name="matchLocks">Caps Lock, Num Lock and Scroll Lock on the remote computer follow this keyboard</Choice>
    </fieldset>
  );
}

function Choice({ name, children }: { name: keyof KeyboardSettings; children: ComponentChildren }) {
  return (
    <label>
      <input
        type="checkbox"
        checked={keyboardSettings.value[name]}
        onChange={({ currentTarget }) => {
          keyboardSettings.value = { ...keyboardSettings.value, [name]: currentTarget.checked };
          store(keyboardSettings.value);
        }}
      />{' '}
      {children}
    </label>
  );
}

function stored(): KeyboardSettings {
  try {
    const { commandIsControl, matchLocks } = JSON.parse(localStorage.getItem(STORED_AS) ?? '{}') as Record<
      string,
      unknown
    >;
    return {
      commandIsControl: typeof commandIsControl === 'boolean' ? commandIsControl : KEYBOARD_SETTINGS.commandIsControl,
      matchLocks: typeof matchLocks === 'boolean' ? matchLocks : KEYBOARD_SETTINGS.matchLocks,
    };
  } catch {
    return KEYBOARD_SETTINGS;
  }
}

/** Without storage, the browser forgets the settings with the page. */
function store(settings: KeyboardSettings): void {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(settings));
  } catch {}
}
