import { MoonshareError } from '@moonshare/contract';

/** For a start that is given up; `afterMs`: how long it took. */
export function notUp(afterMs: number, stage: string | null = null): MoonshareError {
  return new MoonshareError('HOST_TIMEOUT', { message: notUpMessage(afterMs, stage) });
}

/**
 * For a caller that waits no longer. `goesOn`: the start continues. `isLaunching`: the host has not answered yet whether it starts
 * the app.
 */
export function stillStarting(start: {
  limitMs: number;
  goesOn: boolean;
  isLaunching: boolean;
  stage: string | null;
  stageSeconds: number | null;
}): MoonshareError {
  return new MoonshareError('HOST_TIMEOUT', {
    message: start.isLaunching
      ? `The app is still being started on the host, for ${start.stageSeconds} s now`
      : notUpMessage(start.limitMs, start.stage),
    hint: hintOf(start),
  });
}

function notUpMessage(afterMs: number, stage: string | null): string {
  return `The host session was not up after ${afterMs / 1000} s${stage === null ? '' : ` (${stage})`}`;
}

function hintOf({ goesOn, isLaunching }: { goesOn: boolean; isLaunching: boolean }): string | undefined {
  if (goesOn) return 'The start goes on: GET /api/streamers/{id} and GET /api/events show its progress.';
  return isLaunching
    ? 'The start was given up, and the app is ended as soon as the host allows it. For an app that takes this long use PUT /api/streamers/{id} or ?wait=false: the start then goes on after the answer.'
    : undefined;
}
