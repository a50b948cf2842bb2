import type { ViewerState } from '../connection/viewer-state.ts';
import type { Problem, ProblemCode } from '../negotiation/problem.ts';
import type { Picture, PictureCause } from '../picture/freeze-detector.ts';

/** What a stage says to the person in front of it. */
export interface Notice {
  title: string;
  text: string;
  /** Something is under way and needs nobody. */
  busy: boolean;
  /** Leave the picture to be seen: there may be no more to say in a moment. */
  small: boolean;
  /** Offer to try again. */
  retry: boolean;
  /** Ask for the PIN of the link. */
  pin: boolean;
  code: ProblemCode | null;
}

/** Codes whose API wording (contract/errors.ts) would not help somebody who only opened a link. */
const WORDS: Partial<Record<ProblemCode, { title: string; text: string }>> = {
  UNAUTHORIZED: {
    title: 'This link does not open the stream',
    text: 'It has expired, was withdrawn, or is not complete. Ask for a new link.',
  },
  FORBIDDEN: {
    title: 'This link does not open this stream',
    text: 'It was made for another one. Ask for a link to this stream.',
  },
  ACCESS_REVOKED: {
    title: 'Your access has ended',
    text: 'The link or login that let you in was withdrawn or has expired. Ask for a new link.',
  },
  PIN_REQUIRED: { title: 'This link wants a PIN', text: 'Whoever sent you the link knows it.' },
  PIN_WRONG: { title: 'That is not the PIN', text: 'Try again. Whoever sent you the link knows it.' },
  LINK_USED_UP: {
    title: 'This link is used up',
    text: 'It has let in as many browsers as it may. Ask for a new link.',
  },
  RATE_LIMITED: {
    title: 'Too much at once',
    text: 'This browser, or someone with the same address or link, asked for too much in a short time. Wait a moment and try again.',
  },
  NOT_FOUND: { title: 'There is no such stream', text: 'Compare the address with the link you were given.' },
  STREAMER_NOT_FOUND: {
    title: 'There is no such stream',
    text: 'It has ended, or the address is not complete. Ask whoever sent the link to start it again.',
  },
  STREAMER_STOPPED: {
    title: 'The stream has ended',
    text: 'It was ended on purpose. There is nothing more to see here.',
  },
  STREAMER_DIED: {
    title: 'The stream broke off',
    text: 'The program that carried it ended unexpectedly.',
  },
  STREAMER_KEEPS_DYING: {
    title: 'The stream broke off',
    text: 'The program that carries it ended again and again. Whoever runs the server has to look why.',
  },
  VIEWER_UNREACHABLE: {
    title: 'Picture and sound cannot get through',
    text: 'The server answers, but the network between you lets no UDP through. Try another network or leave the VPN; whoever runs the server has to open its UDP port and may have to set its public address.',
  },
  VIEWER_SILENT: { title: 'The connection was lost', text: 'The network of this device was away for a while.' },
  VIEWER_LIMIT: { title: 'The stream is full', text: 'A place becomes free when somebody leaves.' },
  PEER_REMOVED: {
    title: 'You were disconnected',
    text: 'The server ended your connection. You may join again if you are still welcome.',
  },
  SERVER_UNREACHABLE: {
    title: 'The server does not answer',
    text: 'Perhaps it was stopped, or this device is offline.',
  },
  CONNECTION_STALLED: {
    title: 'The connection was interrupted',
    text: 'Nothing comes through any more. The network of this device may have changed.',
  },
  SHUTTING_DOWN: { title: 'The server is stopping', text: 'It may be back in a moment.' },
  HOST_UNREACHABLE: {
    title: 'The host cannot be reached',
    text: 'Is the computer that is streamed switched on and connected? A firewall there may be in the way.',
  },
  CONTROL_LOST: { title: 'The host is gone', text: 'The computer that is streamed stopped answering. Is it still on?' },
  NO_VIDEO: {
    title: 'The host sends no picture',
    text: 'Its firewall may block UDP, or it has no display switched on.',
  },
  TERMINATED: { title: 'The host ended the session', text: 'The program that was streamed has ended there.' },
  NO_SESSION: { title: 'The host ended the session', text: 'The stream has to be started again.' },
};

const AGAIN = 'This page keeps trying.';

/** The words for a state; null when nothing has to be said. */
export function notice(state: ViewerState, picture: Picture): Notice | null {
  switch (state.kind) {
    case 'idle':
      return null;
    case 'connecting':
      if (state.problem !== null) return tryingAgain(state.problem, state.attempt);
      return busy(connectingTitle(state), stageText(state.stage));
    case 'playing':
      return pictureNotice(picture);
    case 'interrupted': {
      if (state.problem === null) return busy('The host is being prepared', stageText(state.stage));
      const { title, text } = words(state.problem);
      const outlook = state.stage === null ? 'The stream comes back by itself.' : `Bringing it back: ${state.stage}.`;
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

/** Why there is no picture, as far as a browser can see. */
const NO_PICTURE: Record<PictureCause, string> = {
  network: 'Nothing reaches this device any more. Its network, or that of the server, may be down.',
  host: 'The server is there, but it gets no picture from the host. The host may have stopped answering.',
  incomplete:
    'Its frames do not arrive whole: too much gets lost on the way to this device, or they are too large for a browser. A less busy network or a lower bitrate would help.',
  undecodable:
    'The stream arrives, but this browser cannot turn it into a picture. Reload the page; if that does not help, try another browser.',
};

function connectingTitle(state: Extract<ViewerState, { kind: 'connecting' }>): string {
  if (state.hostAway) return 'The host is being prepared';
  return state.step === 'negotiating' ? 'Setting up picture and sound' : 'Connecting';
}

function stageText(stage: string | null): string {
  return stage === null ? '' : `At the moment: ${stage}.`;
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

/** A connection that stalls is usually back before anybody has read why. */
function tryingAgain(problem: Problem, attempt: number): Notice {
  if (problem.code !== 'CONNECTION_STALLED' || attempt > 1) return trouble(problem, true);
  return { ...busy('Connection interrupted, reconnecting', ''), small: true };
}

function words(problem: Problem): { title: string; text: string } {
  return WORDS[problem.code] ?? { title: problem.message, text: problem.hint };
}
