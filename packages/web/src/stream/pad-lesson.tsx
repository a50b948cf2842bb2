import { PART_INSTRUCTIONS, PadLesson, padName } from '@moonshare/client';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ViewerModel } from './viewer-model.ts';

/** Asks for one button after another until the layout of a gamepad is known. */
export function PadLessonDialog({ model }: { model: ViewerModel }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const lesson = useRef<PadLesson | null>(null);
  const shown = useSignal({ text: '', progress: '', isRunning: false });
  const pad = model.lesson.value;

  const close = (): void => {
    model.lesson.value = null;
  };
  const showQuestion = (): void => {
    const { asks, progress } = lesson.current!;
    if (asks === null) {
      if (pad !== null) model.viewer?.learnGamepad(pad.id, lesson.current!.layout);
      close();
      return;
    }
    shown.value = {
      text: PART_INSTRUCTIONS[asks],
      progress: `${progress.done + 1} of ${progress.of}`,
      isRunning: true,
    };
  };
  const begin = (): void => {
    const now = pad === null ? null : navigator.getGamepads()[pad.index];
    if (!now) {
      close();
      return;
    }
    lesson.current = new PadLesson(now);
    showQuestion();
  };
  useEffect(() => {
    if (pad === null) {
      dialog.current?.close();
      return;
    }
    lesson.current = null;
    shown.value = { text: 'Let go of all its buttons and sticks, then press Start.', progress: '', isRunning: false };
    dialog.current?.showModal();
    let frame = requestAnimationFrame(function look() {
      frame = requestAnimationFrame(look);
      const now = navigator.getGamepads()[pad.index];
      if (now?.id !== pad.id) close();
      else if (lesson.current?.look(now)) showQuestion();
    });
    return () => cancelAnimationFrame(frame);
  }, [pad]);

  return (
    <dialog ref={dialog} class="lesson" aria-labelledby="lesson-title" onClose={close}>
      <h2 id="lesson-title">Set up {pad === null ? '' : padName(pad.id)}</h2>
      <p role="status">{shown.value.text}</p>
      <p class="progress">{shown.value.progress}</p>
      <div class="actions">
        {shown.value.isRunning ? (
          <button
            type="button"
            onClick={() => {
              lesson.current?.skip();
              showQuestion();
            }}
          >
            Mine has none
          </button>
        ) : (
          <button type="button" onClick={begin}>
            Start
          </button>
        )}
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}
