import type { Role, TransportKind } from '@moonshare/contract/browser';
import type { HostQuality } from '../connection/viewer-connection-events.ts';
import type { ViewerState } from '../connection/viewer-state.ts';
import type { ControlRefusal, Participant, ParticipantName, ViewerControl } from '../control/viewer-control.ts';
import type { PadInfo } from '../input/gamepad-tracker.ts';
import type { Typing } from '../input/text/typing.ts';
import type { Picture } from '../picture/freeze-detector.ts';
import type { StreamShare } from '../transport/stream-share.ts';

/** What `<moonshare-viewer>` dispatches; `detail` is the new value. They do not bubble. */
export interface MoonshareViewerEvents {
  statechange: CustomEvent<ViewerState>;
  picturechange: CustomEvent<Picture>;
  accesschange: CustomEvent<Role>;
  viewerschange: CustomEvent<number>;
  hostqualitychange: CustomEvent<HostQuality>;
  /** Whether it is muted. */
  mutechange: CustomEvent<boolean>;
  /** Whether keys go to the host. */
  capturechange: CustomEvent<boolean>;
  typingchange: CustomEvent<Typing>;
  gamepadschange: CustomEvent<readonly PadInfo[]>;
  transportchange: CustomEvent<TransportKind>;
  sharechange: CustomEvent<StreamShare>;
  participantschange: CustomEvent<readonly Participant[]>;
  /** Who has the controls; null: the server does not say. */
  controlchange: CustomEvent<ViewerControl | null>;
  controlrefused: CustomEvent<ControlRefusal>;
  /** Input went nowhere: who has the controls instead; null: nobody. */
  inputdropped: CustomEvent<ParticipantName | null>;
}
