import type {
  InputOutcome as AgentOutcome,
  GamepadPlayers,
  HeldCounts,
  Role,
  ViewerAccount,
  ViewerFeedback,
  ViewerInput,
} from '@moonshare/contract';
import type { HostMessage, InputPacket } from '@moonshare/gamestream';
import { WakeTimer } from '@moonshare/sans-io';
import type { Logger } from 'pino';
import { type AgentId, AgentInput } from '../input/agent-input.ts';
import { type Controls, type HostCapabilities, InputArbiter } from '../input/arbiter.ts';
import { ControlReports } from '../input/control-reports.ts';
import { inputCost } from '../input/input-cost.ts';
import { InputCounts, type KindCounts } from '../input/input-counts.ts';
import { type InputOutcome, TextQueues } from '../input/text-queues.ts';
import { KeptInput } from './kept-input.ts';
import { PlayerUpdates } from './player-updates.ts';
import { Spending } from './spending.ts';

/** With more unacknowledged messages than this at the host, text waits. */
const MAX_WAITING = 512;
/** How often it is told how much was sent. */
const COUNTS_MS = 60_000;

/** The host's end of the input, if a session is up. */
export interface InputSink {
  send(packet: InputPacket): void;
  /** Messages that the host has not acknowledged. */
  readonly waiting: number;
}

export interface InputRelayOptions {
  /** null: no session is up. */
  host: () => InputSink | null;
  /** Which of its gamepads have a slot may have changed. */
  players: (id: string, players: GamepadPlayers) => void;
  /** Input went nowhere since its sender does not have the controls; seldom enough for a message. */
  dropped: (id: string) => void;
  /** The holder uses the controls; likewise. */
  active: (id: string) => void;
  /** How much it has sent to the host since the last time. */
  sent: (id: string, counts: KindCounts) => void;
  counters: { input(id: string, kind: ViewerInput['kind']): void; inputRefused(events: number): void };
  log: Logger;
}

/** The input of all participants on its way to the host: what each may send, and what each holds. */
export class InputRelay {
  readonly #options: InputRelayOptions;
  readonly #arbiter = new InputArbiter();
  readonly #spending = new Spending();
  readonly #texts = new TextQueues(
    (id, event, now) => this.#hostKeepsUp(event) && this.#spend(id, inputCost(event), now),
  );
  readonly #textTimer = new WakeTimer<InputOutcome>(
    (now) => this.#texts.advance(now),
    ({ viewer, event, isRefused }) => {
      if (isRefused) this.#options.counters.inputRefused(1);
      else this.#apply(viewer, event);
    },
  );
  readonly #players = new PlayerUpdates((id) => {
    if (this.#isHere(id)) this.#options.players(id, this.#arbiter.players(id));
  });
  readonly #kept = new KeptInput((id) => this.#releaseKept(id));
  readonly #agents = new AgentInput({
    join: ({ id, caller }) => void this.join(id, 'full', [caller]),
    handle: (id, events) => this.#takeAll(id, events),
    leave: (id) => this.leave(id),
  });
  readonly #reports = new ControlReports();
  readonly #counts = new InputCounts();
  readonly #countsTimer: NodeJS.Timeout;
  #controls: Controls = { of: 'everybody' };

  constructor(options: InputRelayOptions) {
    this.#options = options;
    this.#countsTimer = setInterval(() => this.#reportCounts(), COUNTS_MS).unref();
  }

  /** Bit n = gamepad n is attached, for a launch or resume. */
  get gamepadMask(): number {
    return this.#arbiter.gamepadMask;
  }

  /** `owners`: whom its budgets are charged to. */
  join(id: string, role: Role, owners: readonly string[]): ViewerAccount {
    this.#arbiter.join(id, role);
    return this.#spending.join(id, owners, performance.now());
  }

  /** null: not here. */
  accountOf(id: string): ViewerAccount | null {
    return this.#spending.of(id);
  }

  /** It has left. What it held is released, unless it is kept. */
  leave(id: string): void {
    this.#spending.leave(id, performance.now());
    this.#texts.forget(id);
    this.#reports.forget(id);
    const counts = this.#counts.take(id);
    if (counts !== null) this.#options.sent(id, counts);
    if (!this.#kept.has(id)) this.#toHost(this.#arbiter.leave(id));
  }

  /** What its role does not allow is dropped, and so is what needs the controls if it does not have them. */
  take(id: string, event: ViewerInput): void {
    const verdict = this.#arbiter.judge(id, event);
    if (verdict === 'control') this.#drop(id);
    if (verdict === 'accepted') this.#textTimer.take(this.#texts.offer(id, event, performance.now()));
  }

  /** Input of an agent, all of it or none. */
  takeOfAgent(agent: AgentId, events: readonly ViewerInput[], release: boolean, holdMs?: number): AgentOutcome {
    return this.#agents.take(agent, events, release, holdMs);
  }

  /** What those without the controls hold is released, and what they typed and is not sent yet is forgotten. */
  setControls(controls: Controls): void {
    this.#controls = controls;
    if (controls.of === 'holder') this.#texts.keepOnly(controls.holder);
    this.#toHost(this.#arbiter.setControls(controls));
  }

  setRole(id: string, role: Role): void {
    if (role !== 'full') this.#texts.forget(id);
    this.#toHost(this.#arbiter.setRole(id, role));
    this.#players.changed(id);
  }

  /** How much each participant holds, of those who hold anything. */
  held(): { participant: string; held: HeldCounts }[] {
    return this.#arbiter.held().map(({ viewer, held }) => ({ participant: viewer, held }));
  }

  /** It stays, and holds nothing any more. */
  release(id: string): void {
    this.#toHost(this.#arbiter.release(id));
  }

  /** It is not connected at the moment: what it holds stays held for a short time. */
  keep(id: string): void {
    if (this.#isHere(id)) this.#kept.keep(id);
  }

  /** It is connected, or will not come back: nothing is kept for it. */
  keepNothing(id: string): void {
    this.#kept.take(id);
  }

  /** `to` is `from` come back, and holds what that held; until it is connected, only for a moment. */
  succeed(from: string, to: string): void {
    if (!this.#kept.take(from) || !this.#isHere(to)) return;
    this.#toHost(this.#arbiter.transfer(from, to));
    this.#kept.keep(to);
  }

  /** Whom a host's message is for; null: nobody. */
  feedback(message: HostMessage): { viewer: string; feedback: ViewerFeedback } | null {
    return this.#arbiter.feedback(message);
  }

  hostUp(capabilities: HostCapabilities): void {
    this.#toHost(this.#arbiter.hostUp(capabilities));
  }

  /** The session that held it is gone, and its host releases on its own. */
  hostDown(): void {
    this.#arbiter.releaseAll();
    this.#texts.clear();
  }

  /** Releases everything at the host. */
  releaseAll(): void {
    this.#agents.close();
    this.#texts.clear();
    this.#textTimer.stop();
    this.#toHost(this.#arbiter.releaseAll());
  }

  /** Ends the timers. */
  close(): void {
    clearInterval(this.#countsTimer);
    this.#reportCounts();
    this.#kept.close();
    this.#players.close();
  }

  #isHere(id: string): boolean {
    return this.#spending.of(id) !== null;
  }

  /** Nobody came back for it: the participant is gone, or does not get connected. */
  #releaseKept(id: string): void {
    this.#options.log.info({ peer: id }, 'what was held for its return is released');
    this.#toHost(this.#isHere(id) ? this.#arbiter.release(id) : this.#arbiter.leave(id));
  }

  /** All of it is applied, or none. */
  #takeAll(id: string, events: readonly ViewerInput[]): AgentOutcome {
    if (events.some((event) => this.#arbiter.judge(id, event) === 'control')) {
      this.#drop(id);
      return { outcome: 'taken' };
    }
    const cost = events.reduce((sum, event) => sum + inputCost(event), 0);
    const isTaken = events.every((event) => this.#hostKeepsUp(event)) && this.#spend(id, cost, performance.now());
    if (!isTaken) this.#options.counters.inputRefused(events.length);
    else for (const event of events) this.#apply(id, event);
    const { length } = events;
    return { outcome: 'done', answer: isTaken ? { accepted: length, refused: 0 } : { accepted: 0, refused: length } };
  }

  #reportCounts(): void {
    for (const [id, counts] of this.#counts.takeAll()) this.#options.sent(id, counts);
  }

  #drop(id: string): void {
    if (this.#reports.isDue('dropped', id, performance.now())) this.#options.dropped(id);
  }

  #spend(id: string, cost: number, now: number): boolean {
    return this.#spending.of(id)?.spend('input', cost, now) === 'within';
  }

  /** A busy host gets no more text: what it cannot keep up with would be lost from the middle. */
  #hostKeepsUp(event: ViewerInput): boolean {
    return event.kind !== 'text' || (this.#options.host()?.waiting ?? 0) < MAX_WAITING;
  }

  #apply(id: string, event: ViewerInput): void {
    this.#options.counters.input(id, event.kind);
    this.#counts.add(id, event.kind);
    const isHolder = this.#controls.of === 'holder' && this.#controls.holder === id;
    if (isHolder && this.#reports.isDue('active', id, performance.now())) this.#options.active(id);
    this.#toHost(this.#arbiter.handle(id, event));
    if (event.kind === 'controllerAdd' || event.kind === 'controllerRemove') this.#players.changed(id);
  }

  #toHost(packets: readonly InputPacket[]): void {
    for (const packet of packets) this.#options.host()?.send(packet);
  }
}
