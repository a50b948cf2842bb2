import type { ControlActionName } from '@moonshare/contract/browser';
import { LEAVE_KEYS } from '../input/platform.ts';
import type { ControlPanel } from './control-panel.ts';
import { create } from './create.ts';
import { LazyPanel } from './lazy-panel.ts';
import type { Notice } from './messages.ts';
import { viewportStyle } from './style.ts';
import type { TypingPanel } from './typing-panel.ts';
import { VideoScreen } from './video-screen.ts';

/** The nodes of a viewport's shadow tree. */
export interface Viewport {
  video: HTMLVideoElement;
  screen: VideoScreen;
  field: HTMLTextAreaElement;
  sound: HTMLButtonElement;
  retry: HTMLButtonElement;
  /** Asks for a link's PIN; its `submit` event means that one was entered. */
  pin: { form: HTMLFormElement; input: HTMLInputElement };
  typing: LazyPanel<TypingPanel>;
  control: LazyPanel<ControlPanel>;
  show(notice: Notice | null): void;
}

/** `act`: the person wants this done with the controls. `onTypingButton`: see TypingPanel. */
export function buildViewport(
  root: ShadowRoot,
  { act, onTypingButton }: { act: (action: ControlActionName) => void; onTypingButton: () => void },
): Viewport {
  root.adoptedStyleSheets = [viewportStyle()];
  const video = create('video', { part: 'video', 'aria-label': 'Picture of the remote computer' });
  video.playsInline = true;
  video.disablePictureInPicture = true;
  const still = create('canvas', { class: 'still', hidden: '' });
  const field = create('textarea', {
    'aria-label': `Keyboard of the remote computer. Press ${LEAVE_KEYS} to leave it.`,
    autocapitalize: 'off',
    autocomplete: 'off',
    autocorrect: 'off',
    spellcheck: 'false',
    // A tap must not bring up the on-screen keyboard; showKeyboard() does.
    inputmode: 'none',
  });
  const sound = create('button', { type: 'button', class: 'sound', part: 'sound', hidden: '' }, 'Click for sound');
  const retry = create('button', { type: 'button', class: 'retry', part: 'retry' }, 'Try again');
  const input = create('input', {
    type: 'password',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: '12',
    'aria-label': 'PIN for this link',
    required: '',
  });
  const form = create('form', { part: 'pin', hidden: '' });
  form.append(input, create('button', {}, 'Join'));
  const spinner = create('div', { class: 'spinner', 'aria-hidden': 'true' });
  const title = create('h2');
  const text = create('p');
  const code = create('p', { class: 'code' });
  const card = create('div', { class: 'card', part: 'card' });
  card.append(spinner, title, text, code, form, retry);
  const panel = create('div', { class: 'notice', part: 'notice', role: 'status', 'aria-live': 'polite', hidden: '' });
  panel.append(card);
  const typingPlace = create('div', { class: 'typing-place' });
  const controlPlace = create('div', { class: 'control-place' });
  refuseDrops(root.host);
  root.append(video, still, field, create('div', { class: 'ring' }), sound, typingPlace, controlPlace, panel);
  return {
    video,
    screen: new VideoScreen(video, still),
    field,
    sound,
    retry,
    pin: { form, input },
    typing: new LazyPanel(async () =>
      (await import('./typing-panel.ts')).buildTypingPanel(typingPlace, onTypingButton),
    ),
    control: new LazyPanel(async () => (await import('./control-panel.ts')).buildControlPanel(controlPlace, act)),
    show(notice) {
      panel.hidden = notice === null;
      if (notice === null) return;
      panel.classList.toggle('small', notice.small);
      spinner.hidden = !notice.busy;
      retry.hidden = !notice.retry;
      title.textContent = notice.title;
      text.textContent = notice.text;
      code.textContent = notice.code ?? '';
      const asks = notice.pin && form.hidden;
      form.hidden = !notice.pin;
      if (!asks) return;
      input.value = '';
      input.focus();
    },
  };
}

/** Drops on the element do nothing; a browser would otherwise open a dropped file in place of the page. */
function refuseDrops(target: EventTarget): void {
  for (const type of ['dragenter', 'dragover', 'drop']) {
    target.addEventListener(type, (event) => {
      event.preventDefault();
      const { dataTransfer } = event as DragEvent;
      if (dataTransfer !== null) dataTransfer.dropEffect = 'none';
    });
  }
}
