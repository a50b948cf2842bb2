import { splitText, type ViewerInput } from '@moonshare/contract/browser';

const TAB = 0x09;
const ENTER = 0x0d;
const LINE_BREAKS = /\r\n|[\n\r\u0085\u2028\u2029]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are meant.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;

/** A text as a keyboard would type it, in pieces of one message each: line breaks become Enter, tabs Tab, other control characters nothing. */
export function piecesOf(text: string): ViewerInput[][] {
  const pieces: ViewerInput[][] = [];
  text
    .replace(CONTROLS, '')
    .split(LINE_BREAKS)
    .forEach((line, index) => {
      if (index > 0) pieces.push(tap(ENTER));
      line.split('\t').forEach((run, column) => {
        if (column > 0) pieces.push(tap(TAB));
        for (const piece of splitText(run)) pieces.push([{ kind: 'text', text: piece }]);
      });
    });
  return pieces;
}

function tap(virtualKey: number): ViewerInput[] {
  return [true, false].map((down) => ({ kind: 'key', down, modifiers: 0, virtualKey }));
}
