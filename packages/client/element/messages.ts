import type { ViewerState } from '../connection/viewer-state.ts';
import type { Picture, PictureCause } from '../picture/freeze-detector.ts';
import type { Problem, ProblemCode } from '../problem.ts';
import type { StreamShare } from '../transport/stream-share.ts';

/** What the viewport shows over the picture or in its place. */
export interface Notice {
  title: string;
  text: string;
  /** Something is in progress and needs no action. */
  busy: boolean;
  /** Leave the picture visible: the problem may be over in a moment. */
  small: boolean;
  /** Offer to try again. */
  retry: boolean;
  /** Ask for the PIN of the link. */
  pin: boolean;
  code: ProblemCode | null;
}

/** Codes whose API wording (contract/errors.ts) would not help someone who only opened a link. */
const WORDS: Partial<Record<ProblemCode, { title: string; text: string }>> = {
  UNAUTHORIZED: {
    title: 'This link is not valid',
    text: 'It has expired, was revoked, or is incomplete. Ask for a new one.',
  },
  FORBIDDEN: {
    title: 'This link is for another stream',
    text: 'Ask for a link to this one.',
  },
  ACCESS_REVOKED: {
    title: 'Your access has ended',
    text: 'The link or login you came in with has expired or was revoked. Ask for a new link.',
  },
  PIN_REQUIRED: { title: 'This link needs a PIN', text: 'Whoever sent you the link can tell you the PIN.' },
  PIN_WRONG: { title: 'Wrong PIN', text: 'Try again, or ask whoever sent you the link.' },
  LINK_USED_UP: {
    title: 'This link has been used up',
    text: 'It has let in as many browsers as it allows. Ask for a new one.',
  },
  BROWSER_NOT_VOUCHED: {
    title: 'This link does not open in this browser',
    text: 'It was made for people who use a certain site or app. Start there, in this browser, and open the link again.',
  },
  RATE_LIMITED: {
    title: 'Too many requests',
    text: 'This browser, or someone else with the same address or link, made too many requests. Wait a moment and try again.',
  },
  NOT_FOUND: { title: 'Stream not found', text: 'Check the address against the link you were given.' },
  STREAMER_NOT_FOUND: {
    title: 'Stream not found',
    text: 'It has ended, or the address is incomplete. Ask whoever sent you the link to start it again.',
  },
  STREAMER_STOPPED: {
    title: 'The stream has ended',
    text: 'Someone ended it. There is nothing more to see here.',
  },
  STREAMER_DIED: {
    title: 'The stream stopped unexpectedly',
    text: 'The program that carried it crashed.',
  },
  STREAMER_KEEPS_DYING: {
    title: 'The stream stopped unexpectedly',
    text: 'The program that carries it keeps crashing. Whoever runs the server needs to find out why.',
  },
  VIEWER_UNREACHABLE: {
    title: 'Picture and sound cannot get through',
    text: 'The server answers, but UDP does not get through the network in between, and a WebSocket could not be used instead. Try another network, or turn off your VPN. Whoever runs the server may have to open its UDP port or set its public address.',
  },
  VIEWER_SILENT: { title: 'The connection was lost', text: 'This device was offline for a while.' },
  VIEWER_TOTAL_LIMIT: {
    title: 'The server is full',
    text: 'You can join as soon as someone leaves this stream or another.',
  },
  VIEWER_LIMIT: { title: 'The stream is full', text: 'You can join as soon as someone leaves.' },
  PEER_REMOVED: {
    title: 'You were disconnected',
    text: 'The server ended your connection. You can rejoin if you still have access.',
  },
  SERVER_UNREACHABLE: {
    title: 'The server is not responding',
    text: 'It may have been stopped, or this device may be offline.',
  },
  CONNECTION_STALLED: {
    title: 'The connection was interrupted',
    text: 'No data is coming through. This device may have changed networks.',
  },
  SHUTTING_DOWN: { title: 'The server is shutting down', text: 'It may be back in a moment.' },
  HOST_UNREACHABLE: {
    title: 'The host cannot be reached',
    text: 'Is the computer you are streaming from switched on and connected? Its firewall may be in the way.',
  },
  CONTROL_LOST: {
    title: 'Lost contact with the host',
    text: 'The computer you are streaming from stopped responding. Is it still on?',
  },
  NO_VIDEO: {
    title: 'The host is not sending a picture',
    text: 'Its firewall may be blocking UDP, or no display may be switched on there.',
  },
  TERMINATED: { title: 'The host ended the session', text: 'The program you were streaming has closed there.' },
  NO_SESSION: { title: 'The host ended the session', text: 'The stream needs to be started again.' },
};

/** One line for a viewer who gets less than the whole stream; null: it gets all of it. */
export function shareText({ rung, networkKbps, streamKbps }: StreamShare): string | null {
  if (rung === 'full') return null;
  const isKnown = networkKbps !== null && streamKbps !== null;
  const part = isKnown ? `${megabits(networkKbps)} of ${megabits(streamKbps)} Mbit/s` : 'less than the stream needs';
  return rung === 'reduced'
    ? `Your network carries ${part}, so you see fewer pictures`
    : `Your network carries ${part}, so the picture is catching up`;
}

function megabits(kbps: number): string {
  return (kbps / 1000).toFixed(1);
}

/** Beside a picture that is there. */
export const INPUT_MISSING: Notice = {
  title: 'Keyboard and mouse do not work yet: a part of this page could not be loaded. Reload it.',
  text: '',
  busy: false,
  small: true,
  retry: false,
  pin: false,
  code: null,
};

const AGAIN = 'Retrying automatically.';

/** The notice for a state; null if there is nothing to say. `rung`: how much of the stream this viewer gets. */
export function notice(state: ViewerState, picture: Picture, rung: StreamShare['rung'] = 'full'): Notice | null {
  switch (state.kind) {
    case 'idle':
      return null;
    case 'connecting':
      if (state.problem !== null) return tryingAgain(state.problem, state.attempt);
      return busy(connectingTitle(state), stageText(state.stage));
    case 'playing':
      // Between two key frames the picture stands still, and `shareText` has already said why.
      return rung !== 'full' && picture.kind === 'frozen' ? null : pictureNotice(picture);
    case 'interrupted': {
      if (state.problem === null) return busy('Preparing the host', stageText(state.stage));
      const { title, text } = words(state.problem);
      const outlook = state.stage === null ? 'The stream will resume by itself.' : `Reconnecting: ${state.stage}.`;
      return {
        title,
        text: `${text} ${outlook}`,
        busy: true,
        small: false,
        retry: false,
        pin: false,
        code: state.problem.code,
      };
    }
    case 'reconnecting':
      return tryingAgain(state.problem, state.attempt);
    case 'ended':
      if (state.problem === null)
        return { title: 'Disconnected', text: '', busy: false, small: false, retry: true, pin: false, code: null };
      return trouble(state.problem, false);
  }
}

function pictureNotice(picture: Picture): Notice | null {
  switch (picture.kind) {
    case 'none':
      return busy('Waiting for the picture', picture.cause === null ? '' : NO_PICTURE[picture.cause]);
    case 'moving':
      return null;
    case 'frozen':
      if (picture.cause === null) return { ...busy('The picture is frozen', ''), small: true };
      return busy('The picture is frozen', NO_PICTURE[picture.cause]);
  }
}

/** Why there is no picture, as far as the browser can tell. */
const NO_PICTURE: Record<PictureCause, string> = {
  network: 'No data is reaching this device. Its network, or the server’s, may be down.',
  host: 'The server is connected, but it gets no picture from the host, which may have stopped responding.',
  incomplete:
    'Frames arrive incomplete: too much is lost on the way to this device, or they are too large for a browser. A less busy network or a lower bitrate would help.',
  undecodable:
    'The stream arrives, but this browser cannot decode it. Reload the page; if that does not help, try another browser.',
};

function connectingTitle(state: Extract<ViewerState, { kind: 'connecting' }>): string {
  if (state.hostAway) return 'Preparing the host';
  return state.step === 'negotiating' ? 'Setting up picture and sound' : 'Connecting';
}

function stageText(stage: string | null): string {
  return stage === null ? '' : `Current step: ${stage}.`;
}

function busy(title: string, text: string): Notice {
  return { title, text, busy: true, small: false, retry: false, pin: false, code: null };
}

function trouble(problem: Problem, trying: boolean): Notice {
  const { title, text } = words(problem);
  const pin = problem.code === 'PIN_REQUIRED' || problem.code === 'PIN_WRONG';
  const retry = !trying && !pin;
  return {
    title,
    text: trying ? `${text} ${AGAIN}` : text,
    busy: trying,
    small: false,
    retry,
    pin,
    code: problem.code,
  };
}

/** A stalled connection is usually back before anyone has read why. */
function tryingAgain(problem: Problem, attempt: number): Notice {
  if (problem.code !== 'CONNECTION_STALLED' || attempt > 1) return trouble(problem, true);
  return { ...busy('Connection interrupted. Reconnecting…', ''), small: true };
}

function words(problem: Problem): { title: string; text: string } {
  return WORDS[problem.code] ?? { title: problem.message, text: problem.hint };
}
