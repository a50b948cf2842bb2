import type { Desktop } from '../desktop/desktop.ts';
import { gamepadTypeName, pressedButtons } from '../desktop/gamepad.ts';
import type { InputLog } from '../desktop/input-log.ts';
import type { ClientServer } from '../http/client-server.ts';
import type { HostPairing } from '../http/pairing.ts';
import type { DropControl } from '../session/host-media-socket.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Store } from '../store.ts';

export interface HostParts {
  desktop: Desktop;
  inputLog: InputLog;
  pairing: HostPairing;
  sessions: Sessions;
  store: Store;
  drop: DropControl;
  clients: ClientServer;
}

export type HostState = ReturnType<typeof hostState>;

/** The answer of `GET /state`. */
export function hostState({ desktop, inputLog, pairing, sessions, store, drop, clients }: HostParts) {
  return {
    app: sessions.app,
    runningApps: sessions.running,
    appStarts: desktop.starts,
    isPreparingApp: clients.isPreparing,
    sessions: sessions.all.map((session) => session.report()),
    pairedClients: store.clientCount,
    clients: store.clients,
    waitingForPin: pairing.waiting,
    dropPercent: drop.percent,
    inputEvents: inputLog.total,
    heldKeys: desktop.heldKeys(),
    heldKeyNames: desktop.heldKeyNames(),
    heldButtons: desktop.heldButtons(),
    heldButtonNames: desktop.heldButtonNames(),
    pointer: { ...desktop.pointer, width: desktop.width, height: desktop.height },
    wheel: { ...desktop.wheel },
    text: desktop.text,
    typed: desktop.editor.text,
    gamepads: desktop.gamepads.slots
      .filter((pad) => pad !== null)
      .map((pad) => ({ ...pad, typeName: gamepadTypeName(pad.type), pressed: pressedButtons(pad.buttons) })),
  };
}
