import { GameStreamError } from '../errors.ts';

/** How a stream that was up has ended. */
export type StreamEndReason =
  | { type: 'local' }
  | { type: 'terminated'; code: number }
  | { type: 'disconnected' } // ENet DISCONNECT without a termination message
  | { type: 'lost' } // ENet timeout, or silence of video and control
  /** Control is alive, but no picture comes: NO_VIDEO. */
  | { type: 'noVideo'; error: GameStreamError };

/** The host ended the session on purpose: the app was closed, or another one replaced it (protocol/2 §3.6). */
const GRACEFUL_TERMINATION = 0x80030023;
/** The same in the short form. */
const GRACEFUL_SHORT = 0x0100;

/** A termination message as an error: TERMINATED, explaining the code. */
export function terminationError(code: number): GameStreamError {
  const { message, hint } = meaning(code);
  return new GameStreamError('TERMINATED', message, { hint });
}

export function isGraceful(code: number): boolean {
  return code === GRACEFUL_TERMINATION || code === GRACEFUL_SHORT;
}

function meaning(code: number): { message: string; hint: string } {
  if (isGraceful(code)) return { message: 'The host ended the session', hint: 'The app on the host has ended.' };
  if (code === 0x800e9302) {
    return {
      message: 'The host is showing protected content',
      hint: 'Close whatever is playing protected content on the host.',
    };
  }
  if (code === 0x800e9403) {
    return {
      message: 'The host could not convert its picture',
      hint: 'Turn HDR off, or give the stream the size of the host display.',
    };
  }
  const text = `0x${code.toString(16).padStart(8, '0')}`;
  return { message: `The host ended the session with code ${text}`, hint: 'Check the host log.' };
}
