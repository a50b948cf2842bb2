import { toU8, toU16, viewOf } from './bytes.ts';

/** What the host lets a viewer feel (protocol/4 §5, to the client). Motor values 0..65535. */
export type ViewerFeedback =
  | { kind: 'rumble'; id: number; low: number; high: number }
  | { kind: 'triggerRumble'; id: number; left: number; right: number };

/** For the `controllers` channel, 6 bytes. */
export function encodeFeedback(feedback: ViewerFeedback): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(6);
  const view = viewOf(data);
  const isRumble = feedback.kind === 'rumble';
  view.setUint8(0, isRumble ? 0 : 1);
  view.setUint8(1, toU8(feedback.id));
  view.setUint16(2, toU16(isRumble ? feedback.low : feedback.left));
  view.setUint16(4, toU16(isRumble ? feedback.high : feedback.right));
  return data;
}

/** A server message on `controllers`, null if it is not one. */
export function decodeFeedback(bytes: Uint8Array): ViewerFeedback | null {
  if (bytes.length < 6) return null;
  const view = viewOf(bytes);
  const id = view.getUint8(1);
  const first = view.getUint16(2);
  const second = view.getUint16(4);
  switch (view.getUint8(0)) {
    case 0:
      return { kind: 'rumble', id, low: first, high: second };
    case 1:
      return { kind: 'triggerRumble', id, left: first, right: second };
    default:
      return null;
  }
}
