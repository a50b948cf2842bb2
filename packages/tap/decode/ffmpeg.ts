import { AV_LOG_QUIET, AVERROR_EAGAIN, AVERROR_EOF } from 'node-av/constants';
import { Dictionary, FFmpegError, Log } from 'node-av/lib';

/** FFmpeg prints what is wrong with a stream, piece by piece; what matters of it are the return codes. */
export function silenceFfmpeg(): void {
  Log.setLevel(AV_LOG_QUIET);
}

export function dictionary(options: Record<string, string>): Dictionary {
  const made = new Dictionary();
  for (const [name, value] of Object.entries(options)) made.set(name, value);
  return made;
}

/** True when the codec needs more input before it produces output. */
export function needsMore(code: number): boolean {
  return code === AVERROR_EAGAIN || code === AVERROR_EOF;
}

/** Throws when a return code of FFmpeg says that `step` failed. */
export function check(code: number, step: string): void {
  if (code < 0) throw new Error(`FFmpeg failed to ${step}: ${FFmpegError.strerror(code)}`);
}
