import { describePad, gamepadsAvailable, isApple, LEAVE_KEYS, padName, platformOf } from '@moonshare/client';
import type { ComponentChildren, RefObject } from 'preact';
import { KeyboardChoices } from './keyboard-settings.tsx';
import type { ViewerModel } from './viewer-model.ts';

export function Help({ dialog, model }: { dialog: RefObject<HTMLDialogElement | null>; model: ViewerModel }) {
  return (
    <dialog ref={dialog} aria-labelledby="help-title">
      <h2 id="help-title">Keyboard, mouse, gamepads</h2>
      <dl>
        <Row keys="Click the picture">
          Gives keyboard and mouse to the remote computer until you click elsewhere. A blue frame shows that it has
          them.
        </Row>
        <Row keys={LEAVE_KEYS}>Gives you back keyboard, mouse and screen.</Row>
        <Row keys="Esc">Exits full screen. If a short press goes to the remote computer, hold it down.</Row>
        <Row keys="Top edge">
          In full screen, move the pointer here to bring back the controls; on a touch screen, tap the small line.
          {needsHomeScreen() &&
            ' To use the whole screen of this phone, add this page to the home screen and open it from there.'}
        </Row>
        <Row keys={isApple(platformOf(navigator)) ? 'Command+Shift+V' : 'Ctrl+Shift+V'}>
          Types the text on your clipboard. Without Shift, the remote computer pastes what was copied there.
        </Row>
        <Row keys="Touchpad pinch">Zooms in on the picture, for you only.</Row>
        <Row keys="Gamepad">
          {gamepadsAvailable()
            ? 'Press any button on it; browsers hide gamepads until then.'
            : 'Browsers allow gamepads only on pages opened over HTTPS or, on the server itself, as localhost.'}
        </Row>
        {model.gamepads.value.map((pad) => (
          <Row keys={padName(pad.id)} key={pad.index}>
            {describePad(pad)}.{' '}
            <button
              type="button"
              class="link"
              onClick={() => {
                dialog.current?.close();
                model.lesson.value = pad;
              }}
            >
              Set it up
            </button>
          </Row>
        ))}
      </dl>
      <KeyboardChoices />
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

/** iPhones cannot make elements full screen; a page opened from the home screen has no browser around it. */
function needsHomeScreen(): boolean {
  return !document.fullscreenEnabled && !matchMedia('(display-mode: standalone)').matches;
}

function Row({ keys, children }: { keys: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
