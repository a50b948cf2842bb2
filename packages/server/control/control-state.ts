import {
  type ControlActionName,
  type ControlPolicy,
  type ControlReason,
  MoonshareError,
  type ParticipantKind,
  type Role,
} from '@moonshare/contract';
import type { CoreOutput } from '@moonshare/sans-io';

/** Who was denied cannot ask again at once: nobody is kept busy with refusing. */
const DENIED_MS = 10_000;

/** A participant, as far as the controls are concerned. */
export interface Member {
  id: string;
  kind: ParticipantKind;
  role: Role;
  /** May give the controls to anyone, and take them without grace. */
  manages: boolean;
}

export interface Request {
  by: string;
  action: 'request' | 'take';
  at: number;
  /** It gets the controls then; null: once they are given. */
  takesAt: number | null;
}

/** Whose keyboard, mouse and touch reach the host. */
type Hold = { name: 'free' } | { name: 'held'; by: string; since: number; activeAt: number };

/** What everybody should know. A request ends with one of these about its participant. */
export type ControlEvent =
  | { type: 'changed'; holder: string | null; previous: string | null; reason: ControlReason }
  | { type: 'requested'; request: Request; holder: string }
  | { type: 'denied'; participant: string }
  /** It asks no more. */
  | { type: 'withdrawn'; participant: string };

export interface ControlRules {
  policy: ControlPolicy;
  graceMs: number;
  /** 0: never. */
  silenceMs: number;
}

type Output = CoreOutput<ControlEvent>;

/** Who has the controls of one streamer, and who wants them. Pure: times are monotonic ms. */
export class ControlState {
  #rules: ControlRules;
  readonly #members = new Map<string, Member>();
  #hold: Hold = { name: 'free' };
  /** The next one first; one of each participant at most. */
  #requests: Request[] = [];
  readonly #deniedUntil = new Map<string, number>();
  #events: ControlEvent[] = [];

  constructor(rules: ControlRules) {
    this.#rules = rules;
  }

  get rules(): ControlRules {
    return this.#rules;
  }

  /** null: under union, and while the controls are free. */
  get holder(): { id: string; since: number } | null {
    return this.#hold.name === 'held' ? { id: this.#hold.by, since: this.#hold.since } : null;
  }

  get request(): Request | null {
    return this.#requests[0] ?? null;
  }

  /** Whether its keyboard, mouse and touch reach the host. */
  has(id: string): boolean {
    if (this.#rules.policy === 'union') return this.#members.get(id)?.role === 'full';
    return this.holder?.id === id;
  }

  join(member: Member): void {
    this.#members.set(member.id, member);
  }

  leave(id: string, now: number): Output {
    this.#members.delete(id);
    this.#deniedUntil.delete(id);
    this.#giveUp(id, 'left', now);
    return this.#output(now);
  }

  /** Only the role full can have the controls. */
  setRole(id: string, role: Role, now: number): Output {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, role });
    if (role !== 'full') this.#giveUp(id, 'role', now);
    return this.#output(now);
  }

  /** Nobody has the controls after a change from or to `union`. */
  setRules(rules: ControlRules, now: number): Output {
    const before = this.#rules.policy;
    this.#rules = rules;
    if (rules.policy !== before) {
      // Under `follow` nobody has to wait.
      for (const { by } of this.#requests.splice(0)) this.#events.push({ type: 'withdrawn', participant: by });
      const previous = this.holder?.id ?? null;
      if (rules.policy === 'union' || before === 'union') this.#hold = { name: 'free' };
      this.#events.push({ type: 'changed', holder: this.holder?.id ?? null, previous, reason: 'policy' });
    }
    return this.#output(now);
  }

  /** It uses the controls, or does something else that shows that it is there. */
  active(id: string, now: number): Output {
    if (this.#hold.name === 'held' && this.#hold.by === id) this.#hold.activeAt = now;
    return this.#output(now);
  }

  /** Whether it has the controls, which it gets if they are free. */
  enter(id: string, now: number): Output & { isIn: boolean } {
    if (this.#rules.policy !== 'union' && this.#hold.name === 'free' && this.#isFull(id)) this.#give(id, 'taken', now);
    const output = this.active(id, now);
    return { ...output, isIn: this.has(id) };
  }

  /**
   * `id`: who acts; null: someone who is not there, and manages. `to`: who is given the controls. Throws CONTROL_TAKEN, CONTROL_DENIED,
   * PARTICIPANT_NOT_FOUND, BAD_REQUEST. Under `union` nothing has to be done.
   */
  act(id: string | null, action: ControlActionName, { to, now }: { to?: string | undefined; now: number }): Output {
    if (this.#rules.policy !== 'union') {
      if (action === 'grant') this.#grant(id, to, now);
      else if (action === 'deny') this.#deny(id, now);
      else if (id === null) throw new MoonshareError('PARTICIPANT_NOT_FOUND');
      else if (action === 'release') this.#giveUp(id, 'released', now);
      else this.#want(this.#member(id), action, now);
    }
    return this.#output(now);
  }

  advance(now: number): Output {
    const due = this.#requests.find(({ takesAt }) => takesAt !== null && takesAt <= now);
    if (due !== undefined) this.#give(due.by, 'taken', now);
    const { silenceMs } = this.#rules;
    if (this.#hold.name === 'held' && silenceMs > 0 && now - this.#hold.activeAt >= silenceMs)
      this.#giveUp(this.#hold.by, 'silent', now);
    return this.#output(now);
  }

  #want(member: Member, action: 'request' | 'take', now: number): void {
    const { id } = member;
    if (member.role !== 'full') throw denied('Only a participant with the role full can have the controls');
    if (this.#hold.name === 'held' && this.#hold.by === id) return;
    const holder = this.#hold.name === 'held' ? this.#members.get(this.#hold.by) : undefined;
    const isFree = holder === undefined || this.#rules.policy === 'follow';
    if (isFree || (action === 'take' && this.#mayTakeAtOnce(member, holder))) this.#give(id, 'taken', now);
    else this.#ask(member, action, holder, now);
  }

  #ask(member: Member, action: 'request' | 'take', holder: Member, now: number): void {
    const { id } = member;
    if (action === 'take' && member.kind === 'agent' && holder.kind === 'person')
      throw denied('An agent cannot take the controls from a person; it can request them');
    if (now < (this.#deniedUntil.get(id) ?? 0)) throw denied('The controls were refused a moment ago');
    const known = this.#requests.find(({ by }) => by === id);
    if (known !== undefined && (action === 'request' || known.action === 'take')) return;
    const takesAt = action === 'take' ? now + this.#rules.graceMs : null;
    const request: Request = { by: id, action, at: now, takesAt };
    this.#requests = [...this.#requests.filter(({ by }) => by !== id), request].sort((a, b) => this.#compare(a, b));
    this.#events.push({ type: 'requested', request, holder: holder.id });
  }

  #mayTakeAtOnce(member: Member, holder: Member): boolean {
    if (member.kind === 'agent' && holder.kind === 'person') return false;
    return member.manages || this.#rules.graceMs === 0 || (member.kind === 'person' && holder.kind === 'agent');
  }

  #grant(id: string | null, to: string | undefined, now: number): void {
    this.#checkMayDecide(id);
    const target = to ?? this.#requests[0]?.by;
    if (target === undefined) throw new MoonshareError('BAD_REQUEST', { message: 'Bad request: to: nobody asks' });
    if (!this.#isFull(this.#member(target).id))
      throw denied('Only a participant with the role full can have the controls');
    if (this.holder?.id !== target) this.#give(target, 'granted', now);
  }

  #deny(id: string | null, now: number): void {
    this.#checkMayDecide(id);
    const [request] = this.#requests.splice(0, 1);
    if (request === undefined) return;
    this.#deniedUntil.set(request.by, now + DENIED_MS);
    this.#events.push({ type: 'denied', participant: request.by });
  }

  /** The holder may, and who manages the streamer. Throws CONTROL_TAKEN, CONTROL_DENIED. */
  #checkMayDecide(id: string | null): void {
    if (id === null || this.holder?.id === id || this.#member(id).manages) return;
    throw this.holder === null ? denied('You do not have the controls') : new MoonshareError('CONTROL_TAKEN');
  }

  /** The controls go to whoever is next; a request of its own ends. */
  #giveUp(id: string, reason: ControlReason, now: number): void {
    const isAsking = this.#requests.some(({ by }) => by === id);
    if (isAsking) {
      this.#requests = this.#requests.filter(({ by }) => by !== id);
      this.#events.push({ type: reason === 'role' ? 'denied' : 'withdrawn', participant: id });
    }
    if (this.holder?.id !== id) return;
    const [next] = this.#requests;
    if (next === undefined) {
      this.#hold = { name: 'free' };
      this.#events.push({ type: 'changed', holder: null, previous: id, reason });
    } else this.#give(next.by, reason, now);
  }

  #give(id: string, reason: ControlReason, now: number): void {
    const previous = this.holder?.id ?? null;
    this.#hold = { name: 'held', by: id, since: now, activeAt: now };
    this.#deniedUntil.delete(id);
    this.#requests = this.#requests
      .filter(({ by }) => by !== id)
      .map((request) => this.#towards(id, request, now))
      .sort((a, b) => this.#compare(a, b));
    this.#events.push({ type: 'changed', holder: id, previous, reason });
  }

  /** What a request is once somebody else has the controls: they have time to refuse, too, and from a person an agent only requests. */
  #towards(holder: string, request: Request, now: number): Request {
    if (request.takesAt === null) return request;
    const isByAgent = this.#members.get(request.by)?.kind === 'agent';
    if (isByAgent && this.#members.get(holder)?.kind === 'person')
      return { ...request, action: 'request', takesAt: null };
    return { ...request, takesAt: now + this.#rules.graceMs };
  }

  /** Whoever takes comes before whoever asks, people before agents, the first before the last. */
  #compare(a: Request, b: Request): number {
    const rank = ({ by, action }: Request) =>
      (action === 'take' ? 0 : 2) + (this.#members.get(by)?.kind === 'person' ? 0 : 1);
    return rank(a) - rank(b) || a.at - b.at;
  }

  #isFull(id: string): boolean {
    return this.#members.get(id)?.role === 'full';
  }

  /** Throws PARTICIPANT_NOT_FOUND. */
  #member(id: string): Member {
    const member = this.#members.get(id);
    if (member === undefined) throw new MoonshareError('PARTICIPANT_NOT_FOUND');
    return member;
  }

  #output(now: number): Output {
    const events = this.#events;
    this.#events = [];
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const { takesAt } of this.#requests) wakeAt = Math.min(wakeAt, takesAt ?? wakeAt);
    const { silenceMs } = this.#rules;
    if (this.#hold.name === 'held' && silenceMs > 0) wakeAt = Math.min(wakeAt, this.#hold.activeAt + silenceMs);
    return { events, wakeAt: Math.max(wakeAt, now) };
  }
}

function denied(message: string): MoonshareError {
  return new MoonshareError('CONTROL_DENIED', { message });
}
