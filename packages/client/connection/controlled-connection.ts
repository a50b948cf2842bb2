import type { ClientSignal, ControlActionName, Role, ServerSignal } from '@moonshare/contract/browser';
import { ControlView, nameOf, type Participant, readRefusal, type ViewerControl } from '../control/viewer-control.ts';
import { Emitter } from '../emitter.ts';
import type { ViewerConnectionEvents } from './viewer-connection-events.ts';

/** The part of a connection that is about who is there and who has the controls. */
export abstract class ControlledConnection extends Emitter<ViewerConnectionEvents> {
  readonly #controlView = new ControlView();
  #name: string | null;

  constructor(name: string | null) {
    super();
    this.#name = name;
  }

  /** Who is there, this browser included; empty until the server has said. */
  get participants(): readonly Participant[] {
    return this.#controlView.participants;
  }

  /** Who has the controls, and who wants them; null until the server has said. */
  get control(): ViewerControl | null {
    return this.#controlView.control;
  }

  /** Asks whoever has the controls for them; free ones are taken. */
  requestControl(): void {
    this.act('request');
  }

  /** Takes the controls: from an agent at once, from a person if that person does not refuse in time. */
  takeControl(): void {
    this.act('take');
  }

  /** Gives them up, or withdraws a request. */
  releaseControl(): void {
    this.act('release');
  }

  /** Gives them to this participant; without one, to the one who asks. */
  grantControl(to?: string): void {
    this.act('grant', to);
  }

  /** Refuses whoever asks. */
  denyControl(): void {
    this.act('deny');
  }

  /** Any of these. */
  act(action: ControlActionName, to?: string): void {
    this.signal({ ControlAction: { action, ...(to !== undefined && { to }) } });
  }

  /** What the person wants to be called, now and after a reconnect. */
  setName(name: string): void {
    this.#name = name;
    this.signal({ SetName: { name } });
  }

  /** Sends it to the server, if there is a socket. */
  protected abstract signal(signal: ClientSignal): void;

  /** What the person wants to be called. */
  protected get name(): string | null {
    return this.#name;
  }

  protected setRole(role: Role): void {
    this.#controlView.onRole(role);
    this.emit('role', role);
    if (this.control !== null) this.emit('control', this.control);
  }

  /** Whether the message was about this. */
  protected receiveControl(signal: Exclude<ServerSignal, string>): boolean {
    if ('Participants' in signal) {
      this.#controlView.onParticipants(signal.Participants);
      this.emit('participants', this.participants);
    } else if ('Control' in signal) {
      this.#controlView.onControl(signal.Control, performance.now());
      this.emit('control', this.control);
    } else if ('ControlRefused' in signal) this.emit('controlRefused', readRefusal(signal.ControlRefused));
    else if ('InputDropped' in signal) {
      const { holder } = signal.InputDropped;
      this.emit('inputDropped', holder && nameOf(holder));
    } else if ('RoleChanged' in signal) this.setRole(signal.RoleChanged.role);
    else return false;
    return true;
  }

  /** The socket is lost: nothing is known any more. */
  protected forgetControl(): void {
    if (this.control === null && this.participants.length === 0) return;
    this.#controlView.forget();
    this.emit('control', null);
    this.emit('participants', []);
  }
}
