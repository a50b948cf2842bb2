import type { ViewerInput } from '@moonshare/contract/browser';
import type { SendInput } from '../device.ts';
import type { Typing } from './typing.ts';
import { Typist } from './typist.ts';

export interface TypingQueue {
  text(text: string): void;
  /** A key or character that the person typed. */
  key: SendInput;
  stop(why: 'asked' | 'disconnected' | 'controls'): void;
}

/** A Typist on the browser's clock. `changed` is called when the state to show has changed. */
export function createTypingQueue(send: SendInput, changed: (typing: Typing) => void): TypingQueue {
  const typist = new Typist();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: Typing = typist.typing;

  const done = (events: readonly ViewerInput[]): void => {
    for (const event of events) send(event);
    clearTimeout(timer);
    const { wakeAt } = typist;
    if (wakeAt !== null)
      timer = setTimeout(
        () => done(typist.advance(performance.now())),
        Math.max(0, Math.ceil(wakeAt - performance.now())),
      );
    if (typist.typing === shown) return;
    shown = typist.typing;
    changed(shown);
  };
  return {
    text: (text) => done(typist.text(text, performance.now())),
    key: (event) => done(event.kind === 'text' ? typist.text(event.text, performance.now()) : typist.key(event)),
    stop: (why) => done(typist.stop(why)),
  };
}
