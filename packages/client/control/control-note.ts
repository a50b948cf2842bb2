import { type ControlNote, ways, whoHas } from './control-messages.ts';
import type { ControlRefusal, ViewerControl } from './viewer-control.ts';

/** What has just happened with the controls, as the person should know for a moment. */
export type ControlNews =
  | { kind: 'none' }
  /** Input went nowhere. */
  | { kind: 'dropped' }
  | { kind: 'refused'; refusal: ControlRefusal }
  | { kind: 'gained' }
  | { kind: 'lost' };

/** null: there is nothing to say. `now` as `performance.now()`. */
export function controlNote(control: ViewerControl, news: ControlNews, now: number): ControlNote | null {
  const { standing, request } = control;
  if (standing === 'everybody' || standing === 'none') return null;
  if (request !== null && !request.isYou && (standing === 'yours' || control.mayManage)) return asked(control, now);
  if (request?.isYou) return waiting(control, now);
  switch (news.kind) {
    case 'refused':
      return { text: refusedText(control, news.refusal), buttons: [] };
    case 'gained':
      return standing === 'yours' ? { text: 'You have the controls.', buttons: [] } : null;
    case 'lost':
    case 'dropped':
      if (standing === 'yours') return null;
      return { text: `${whoHas(control)} Your keyboard, mouse and touch go nowhere.`, buttons: ways(control) };
    case 'none':
      return null;
  }
}

function asked({ request, standing, holder }: ViewerControl, now: number): ControlNote {
  const { participant, takesAt } = request!;
  const whose = standing === 'yours' || holder === null ? 'the controls' : `the controls from ${holder.name}`;
  const text =
    takesAt === null
      ? `${participant.name} asks for ${whose}.`
      : `${participant.name} takes ${whose} ${inSeconds(takesAt, now)}.`;
  return {
    text,
    buttons: [
      { label: takesAt === null ? 'Give' : 'Give now', action: 'grant' },
      { label: 'Refuse', action: 'deny' },
    ],
  };
}

function waiting({ request, holder }: ViewerControl, now: number): ControlNote {
  const { takesAt } = request!;
  const name = holder?.name ?? 'the holder';
  const text =
    takesAt === null
      ? `You asked ${name} for the controls.`
      : `You get the controls ${inSeconds(takesAt, now)}, unless ${name} refuses.`;
  return { text, buttons: [{ label: 'Withdraw', action: 'release' }] };
}

function refusedText({ holder }: ViewerControl, { problem }: ControlRefusal): string {
  if (problem.code === 'CONTROL_DENIED' && holder !== null && problem.message === 'The controls were refused')
    return `${holder.name} keeps the controls.`;
  return `${problem.message}.`;
}

function inSeconds(at: number, now: number): string {
  const seconds = Math.ceil((at - now) / 1000);
  return seconds <= 0 ? 'now' : `in ${seconds} s`;
}
