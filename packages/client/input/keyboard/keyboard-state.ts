import type { ViewerInput } from '@moonshare/contract/browser';
import { isApple, type Platform } from '../platform.ts';
import { AltCodes } from './alt-codes.ts';
import { Composition } from './composition.ts';
import { HeldKeys } from './held-keys.ts';
import { isCharacter, type KeyAction, keyActionOf, letterKey, type Press } from './key-action.ts';
import type { KeyboardSettings } from './keyboard-settings.ts';
import { LockKeys } from './lock-keys.ts';
import { type Flags, MODIFIERS, type Modifier } from './modifiers.ts';

/** Windows sends AltGr as a Control followed by the right Alt, within this much of their own timestamps. */
const ALT_GRAPH_MS = 25;
/** How long a Control waits for the right Alt to arrive. */
const CONTROL_WAITS_MS = 40;
/** Held keys repeat faster than this; a repeat this long after the last is a new press whose key-up was lost. */
const REPEAT_MS = 1000;

export interface KeyEvent extends Press {
  type: 'keydown' | 'keyup';
  repeat: boolean;
  /** Part of a composition; so are events with `keyCode` 229. */
  isComposing: boolean;
  /** `timeStamp`, ms. */
  at: number;
}

export type KeyboardInput =
  /** The page has the keyboard, or no longer has it; a new connection to a host that has been told nothing yet. */
  | { type: 'taken' | 'left' | 'connected' }
  | KeyEvent
  /** From any mouse, pen, finger or wheel event. `pressed`: a button or finger is down. A pinch is a wheel with Control. */
  | { type: 'pointer'; flags: Flags; kind: 'mouse' | 'touch' | 'wheel'; pressed: boolean }
  | { type: 'compositionstart' }
  | { type: 'compositionend'; data: string }
  | { type: 'beforeinput'; inputType: string; data: string | null; isComposing: boolean };

export interface Outcome {
  /** For the host, in order. */
  send: ViewerInput[];
  /** Keep the event from having any other effect here. */
  prevent: boolean;
  /** The person pressed `LEAVE_KEYS`: give back keyboard, pointer and screen. */
  releaseRequested: boolean;
}

/** One keyboard: browser events in, input for the host out. Pure; time comes with the events. */
export class KeyboardState {
  settings: KeyboardSettings;
  readonly #apple: boolean;
  readonly #altCodes: AltCodes;
  readonly #locks: LockKeys;
  readonly #held: HeldKeys;
  readonly #composition = new Composition();
  #send: ViewerInput[] = [];
  #focus: 'away' | 'taken' = 'away';
  /** A left Control that may be half of an AltGr. */
  #waiting: KeyEvent | null = null;
  /** When the held left Control went down. */
  #controlAt = Number.NEGATIVE_INFINITY;
  #buttonPressed = false;
  /** The last event that was not a wheel event reported Control as down. */
  #controlSaid = false;
  #printScreenDown = false;
  #lastMode: { virtualKey: number; at: number } | null = null;

  constructor({ platform, settings }: { platform: Platform; settings: KeyboardSettings }) {
    this.settings = settings;
    this.#apple = isApple(platform);
    this.#altCodes = new AltCodes(platform);
    this.#locks = new LockKeys(platform);
    this.#held = new HeldKeys((event) => this.#send.push(event), { altGraphIsAlt: this.#apple });
  }

  /** Keys go to the host. */
  get isTaken(): boolean {
    return this.#focus === 'taken';
  }

  /** The person holds Control, as far as can be known: a wheel event that reports it may be a pinch. */
  get holdsControl(): boolean {
    return this.#controlSaid || this.#waiting !== null || this.#held.holds('control');
  }

  /** When `advance` is due, on the events' clock; null: never. */
  get wakeAt(): number | null {
    return this.#waiting === null ? null : this.#waiting.at + CONTROL_WAITS_MS;
  }

  handle(input: KeyboardInput): Outcome {
    const [prevent, releaseRequested] = this.#handle(input);
    return this.#done(prevent, releaseRequested);
  }

  advance(now: number): Outcome {
    if (this.wakeAt !== null && now >= this.wakeAt) this.#settleControl();
    return this.#done();
  }

  #done(prevent = false, releaseRequested = false): Outcome {
    const send = this.#send;
    this.#send = [];
    return { send, prevent, releaseRequested };
  }

  #handle(input: KeyboardInput): [prevent?: boolean, releaseRequested?: boolean] {
    switch (input.type) {
      case 'taken':
        if (this.#focus === 'away') {
          this.#locks.forget();
          this.#composition.forget();
        }
        this.#focus = 'taken';
        return [];
      case 'left':
        this.#leave();
        return [];
      case 'connected':
        this.#locks.forget();
        return [];
      case 'compositionstart':
        this.#composition.start();
        return [];
      case 'compositionend':
        this.#type(this.#composition.end(input.data));
        return [];
    }
    if (this.#focus === 'away') return [];
    switch (input.type) {
      case 'keydown':
        return this.#down(input);
      case 'keyup':
        return [this.#up(input)];
      case 'pointer':
        this.#pointer(input);
        return [];
      case 'beforeinput':
        return [this.#beforeInput(input)];
    }
  }

  #leave(): void {
    this.#waiting = null;
    this.#buttonPressed = false;
    this.#controlSaid = false;
    this.#held.releaseAll();
    this.#focus = 'away';
  }

  #down(event: KeyEvent): [prevent: boolean, releaseRequested?: boolean] {
    const action = keyActionOf(event);
    this.#controlSaid = event.flags.control && !event.flags.altGraph;
    if (event.code === 'PrintScreen') this.#printScreenDown = true;
    this.#dropHalfOfAltGraph(event, action);
    this.#settleControl();
    this.#held.compare(event.flags);
    if (this.#isReleaseShortcut(event)) {
      this.#leave();
      return [true, true];
    }
    this.#altCodes.down(event);
    // Composed text arrives as text; a Mac's dead key begins it, unless it is part of a shortcut.
    const composed = event.isComposing || event.keyCode === 229 || event.key === 'Process';
    const beginsAccent = this.#apple && event.key === 'Dead' && !event.flags.meta && !event.flags.control;
    if (composed || beginsAccent) {
      this.#composition.keyLeftToIt();
      return [false];
    }
    if (action?.kind !== 'lock') this.#seeLocks(event.flags);
    // Pasting as text needs the browser's own paste event, which is the key's default action.
    if (isPasteAsText(event)) {
      this.#held.releaseAll();
      return [false];
    }
    if (action === null) return [false];
    this.#press(event, action);
    return [true];
  }

  #press(event: KeyEvent, action: NonNullable<KeyAction>): void {
    const id = idOf(event, action);
    switch (action.kind) {
      case 'text':
        this.#type(action.text);
        return;
      case 'mode':
        this.#pressMode(event, action.virtualKey);
        return;
      case 'modifier':
        this.#pressModifier(event, action, id);
        return;
      case 'lock':
        if (event.repeat || this.#held.has(id)) return;
        this.#locks.pressed(action.lock);
        // A Mac's Caps Lock sends a down when its light goes on, and an up when it goes off.
        if (this.#apple && action.lock === 'capsLock') this.#held.tap(action.virtualKey);
        else this.#held.press(id, action);
        return;
      case 'key':
        this.#composition.keySent(isCharacter(event.key) || event.key === 'Dead');
        if (this.#apple && (event.flags.meta || this.#held.holds('meta'))) {
          // Its key-up never comes, and its repeats are what the person wants repeated.
          this.#infer(event.flags);
          this.#held.release(id);
          this.#held.tap(action.virtualKey);
          this.#releaseInferred();
          return;
        }
        if (event.repeat || this.#held.has(id)) return;
        this.#infer(event.flags);
        this.#held.press(id, action, action.shift);
    }
  }

  #pressMode({ repeat, at }: KeyEvent, virtualKey: number): void {
    const last = this.#lastMode;
    this.#lastMode = { virtualKey, at };
    if (repeat && last?.virtualKey === virtualKey && at - last.at < REPEAT_MS) return;
    this.#held.tap(virtualKey);
  }

  #pressModifier(
    event: KeyEvent,
    { modifier, virtualKey }: { modifier: Modifier; virtualKey: number },
    id: string,
  ): void {
    if (event.repeat || this.#held.has(id)) return;
    if (!this.#apple && event.code === 'ControlLeft' && modifier === 'control') {
      this.#waiting = event;
      return;
    }
    // Key-ups do not arrive while Command is held.
    if (this.#apple && modifier === 'meta') this.#held.releaseKeys();
    this.#hold(event, modifier, virtualKey, id);
  }

  #hold(event: KeyEvent, modifier: Modifier, virtualKey: number, id: string): void {
    this.#held.press(id, { virtualKey: this.#atHost(modifier, virtualKey), modifier });
    this.#held.compare(event.flags);
  }

  /** Nothing has arrived that would make the waiting Control half of an AltGr. */
  #settleControl(): void {
    const event = this.#waiting;
    this.#waiting = null;
    if (event === null) return;
    this.#controlAt = event.at;
    this.#hold(event, 'control', MODIFIERS.control.left, event.code);
  }

  #up(event: KeyEvent): boolean {
    this.#settleControl();
    const action = keyActionOf(event);
    this.#controlSaid = event.flags.control && !event.flags.altGraph;
    this.#composition.keyUp();
    this.#altCodes.up(event);
    if (action === null || action.kind === 'text') {
      // A shortcut whose modifier went up first.
      if (action !== null) this.#held.release(placeless(letterKey(action.text)));
      // iPads send an empty key-up for a key-down that had a name but no position.
      else if (!hasPlace(event)) this.#held.releaseKeys((id) => id.startsWith(PLACELESS));
      this.#held.compare(event.flags);
      this.#releaseInferred();
      return action !== null;
    }
    const id = idOf(event, action);
    if (action.kind === 'lock' && this.#apple && action.lock === 'capsLock') {
      this.#locks.pressed(action.lock);
      this.#held.tap(action.virtualKey);
    } else if (event.code === 'PrintScreen' && !this.#printScreenDown) {
      // Windows keeps the key-down for itself.
      this.#held.tap(action.virtualKey);
    } else this.#held.release(id);
    if (event.code === 'PrintScreen') this.#printScreenDown = false;
    this.#held.compare(event.flags);
    this.#releaseInferred();
    return true;
  }

  #pointer({ flags, kind, pressed }: Extract<KeyboardInput, { type: 'pointer' }>): void {
    this.#settleControl();
    if (kind !== 'touch') this.#seeLocks(flags);
    this.#held.compare(flags);
    // A pinch reports Control, whether or not it is down.
    if (kind === 'wheel') return;
    this.#controlSaid = flags.control;
    if (pressed && !this.#buttonPressed) this.#infer(flags);
    this.#buttonPressed = pressed;
    this.#releaseInferred();
  }

  #beforeInput({ inputType, data, isComposing }: Extract<KeyboardInput, { type: 'beforeinput' }>): boolean {
    // Safari does not mark all of these as composing.
    if (isComposing || this.#composition.isUnderWay) return false;
    if (inputType.startsWith('delete')) {
      // On-screen keyboards report what was deleted, not which key did it.
      this.#held.tap(inputType.endsWith('Forward') ? 0x2e : 0x08);
      return true;
    }
    if (inputType === 'insertLineBreak' || inputType === 'insertParagraph') {
      this.#held.tap(0x0d);
      return true;
    }
    if (inputType !== 'insertText' && inputType !== 'insertReplacementText') return false;
    if (this.#altCodes.takes()) return true;
    this.#type(data ?? '');
    return true;
  }

  #type(text: string): void {
    if (text === '') return;
    // With AltGr or Alt held, hosts would make shortcuts of it. A modifier still held is pressed again with the next key.
    this.#held.releaseModifiers();
    this.#send.push({ kind: 'text', text });
  }

  #seeLocks(flags: Flags): void {
    const changed = this.#locks.see(flags);
    if (changed !== null && this.settings.matchLocks) this.#send.push(changed);
  }

  #infer(flags: Flags): void {
    this.#held.infer(flags, (modifier) => this.#atHost(modifier, MODIFIERS[modifier].left));
  }

  #releaseInferred(): void {
    if (!this.#buttonPressed) this.#held.releaseInferred();
  }

  /** Which key on the host a modifier of this keyboard is. */
  #atHost(modifier: Modifier, virtualKey: number): number {
    if (modifier !== 'meta' || !this.#apple || !this.settings.commandIsControl) return virtualKey;
    return virtualKey === MODIFIERS.meta.right ? MODIFIERS.control.right : MODIFIERS.control.left;
  }

  #dropHalfOfAltGraph({ key, flags, at }: KeyEvent, action: KeyAction): void {
    if (this.#apple || action?.kind !== 'modifier' || action.virtualKey !== MODIFIERS.altGraph.right) return;
    if (key !== 'AltGraph' && !flags.altGraph) return;
    if (this.#waiting !== null && at - this.#waiting.at <= ALT_GRAPH_MS) this.#waiting = null;
    // The page was too busy to get the event in time.
    else if (at - this.#controlAt <= ALT_GRAPH_MS) this.#held.release('ControlLeft');
  }

  /**
   * Ctrl+Alt+Shift+Z, by position or by letter: where Control and Alt make AltGr, the key types something else and events report AltGr.
   * AltGr and Shift alone type letters in some layouts.
   */
  #isReleaseShortcut({ key, code, keyCode, flags }: KeyEvent): boolean {
    if (code !== 'KeyZ' && keyCode !== 0x5a && key.toLowerCase() !== 'z') return false;
    if (!flags.shift && !this.#held.holds('shift')) return false;
    const isSaid = flags.control && flags.alt && (this.#apple || !flags.altGraph);
    return isSaid || (this.#held.holds('control') && this.#held.holds('alt', 'altGraph'));
  }
}

/** The same for a key's down and up. */
function idOf(event: KeyEvent, action: NonNullable<KeyAction>): string {
  if (hasPlace(event)) return event.code;
  return 'virtualKey' in action ? placeless(action.virtualKey) : '';
}

function hasPlace({ code }: KeyEvent): boolean {
  return code !== '' && code !== 'Unidentified';
}

const PLACELESS = 'key ';

/** The ID of a key that has no position. */
function placeless(virtualKey: number | null): string {
  return `${PLACELESS}${virtualKey}`;
}

/** Ctrl+Shift+V and Command+Shift+V type the clipboard on the host; plain Ctrl+V is the host's own paste. */
function isPasteAsText({ key, code, flags }: KeyEvent): boolean {
  const isV = /^[a-z]$/i.test(key) ? key.toLowerCase() === 'v' : code === 'KeyV';
  return isV && flags.shift && (flags.control || flags.meta) && !flags.alt && !flags.altGraph;
}
