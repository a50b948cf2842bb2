import type {
  ControlActionName,
  ControlPolicy,
  ControlSignal,
  ErrorBody,
  ParticipantInfo,
  ParticipantReference,
  Role,
} from '@moonshare/contract/browser';
import { type Problem, problemFromBody } from '../problem.ts';

/** Someone at the streamer: a person's browser, or an agent that uses the API. */
export interface Participant {
  id: string;
  name: string;
  kind: 'person' | 'agent';
  role: Role;
  joinedAt: Date;
  /** Its keyboard, mouse and touch reach the host. */
  hasControl: boolean;
  /** Which players its gamepads are, from 1. */
  gamepads: readonly number[];
  /** It is this browser. */
  isYou: boolean;
  /** It is this browser, which may choose its name. */
  mayRename: boolean;
}

export type ParticipantName = Pick<Participant, 'id' | 'name' | 'kind'>;

/**
 * Where keyboard, mouse and touch of this browser go. `everybody`: to the host, like those of all others. `yours`: to the host, and
 * nobody else's do. `free`: nowhere, since nobody has the controls. `others`: nowhere, since `holder` has them. `none`: nowhere, since
 * this browser's role does not allow them.
 */
export type Standing = 'everybody' | 'yours' | 'free' | 'others' | 'none';

/** Who has the controls, as far as this browser is told; times are those of `performance.now()`. */
export interface ViewerControl {
  policy: ControlPolicy;
  standing: Standing;
  holder: ParticipantName | null;
  since: number | null;
  /** Who wants them next. `takesAt`: it gets them then unless the holder refuses; null: once they are given. */
  request: { participant: ParticipantName; isYou: boolean; takesAt: number | null } | null;
  graceMs: number;
  silenceMs: number;
  /** This browser may give the controls to anyone, refuse for the holder, and take them at once. */
  mayManage: boolean;
}

/** The server did not do what was asked, or the holder refused. */
export interface ControlRefusal {
  action: ControlActionName;
  problem: Problem;
}

/** Puts together what the server says about who is there and who has the controls. */
export class ControlView {
  #you: string | null = null;
  #mayRename = false;
  #role: Role | null = null;
  #infos: readonly ParticipantInfo[] = [];
  #signal: { at: number; control: ControlSignal } | null = null;
  #participants: readonly Participant[] = [];
  #control: ViewerControl | null = null;

  /** Empty until the server has said; the same array until it says something else. */
  get participants(): readonly Participant[] {
    return this.#participants;
  }

  /** null: the server has not said, as while the connection is lost; the same object until it says something else. */
  get control(): ViewerControl | null {
    return this.#control;
  }

  onParticipants({
    you,
    may_rename,
    participants,
  }: {
    you: string;
    may_rename: boolean;
    participants: readonly ParticipantInfo[];
  }): void {
    this.#you = you;
    this.#mayRename = may_rename;
    this.#infos = participants;
    this.#read();
  }

  /** `now`: when it arrived. */
  onControl(control: ControlSignal, now: number): void {
    this.#you = control.you;
    this.#signal = { at: now, control };
    this.#read();
  }

  onRole(role: Role): void {
    this.#role = role;
    this.#read();
  }

  /** The connection is lost: nothing is known any more. */
  forget(): void {
    this.#infos = [];
    this.#signal = null;
    this.#read();
  }

  #read(): void {
    this.#participants = this.#infos.map((info) => ({
      id: info.participant_id,
      name: info.name,
      kind: info.kind,
      role: info.role,
      joinedAt: new Date(info.joined_at),
      hasControl: info.has_control,
      gamepads: info.gamepads,
      isYou: info.participant_id === this.#you,
      mayRename: info.participant_id === this.#you && this.#mayRename,
    }));
    this.#control = this.#signal && this.#readControl(this.#signal);
  }

  #readControl({ at, control }: { at: number; control: ControlSignal }): ViewerControl {
    const { policy, holder, held_ms, request } = control;
    return {
      policy,
      standing: this.#standing(policy, holder),
      holder: holder && nameOf(holder),
      since: held_ms === null ? null : at - held_ms,
      request: request && {
        participant: nameOf(request.participant),
        isYou: request.participant.participant_id === this.#you,
        takesAt: request.takes_in_ms === null ? null : at + request.takes_in_ms,
      },
      graceMs: control.grace_ms,
      silenceMs: control.silence_ms,
      mayManage: control.may_manage,
    };
  }

  #standing(policy: ControlPolicy, holder: ParticipantReference | null): Standing {
    if (this.#role !== 'full') return 'none';
    if (policy === 'union') return 'everybody';
    if (holder === null) return 'free';
    return holder.participant_id === this.#you ? 'yours' : 'others';
  }
}

/** Whether keyboard, mouse and touch of this browser reach the host. */
export function reachesHost({ standing }: ViewerControl): boolean {
  return standing === 'everybody' || standing === 'yours';
}

/** Somebody can have the controls, and this browser can get or lose them. */
export function isAtStake({ standing }: ViewerControl): boolean {
  return standing !== 'everybody' && standing !== 'none';
}

export function nameOf({ participant_id: id, name, kind }: ParticipantReference): ParticipantName {
  return { id, name, kind };
}

export function readRefusal({ action, error }: { action: ControlActionName; error: ErrorBody }): ControlRefusal {
  return { action, problem: problemFromBody(error) };
}
