import {
  LEAVE_KEYS,
  type MediaStatistics,
  type MoonshareViewerElement,
  type Participant,
  type Picture,
  type Statistics,
  type ViewerControl,
  type ViewerState,
} from '@moonshare/client';
import { encryptionPhrase } from '../host-encryption.ts';

const STATUS: Record<ViewerState['kind'], string> = {
  idle: 'Not connected',
  connecting: 'Connecting',
  playing: 'Live',
  interrupted: 'Host unavailable',
  reconnecting: 'Reconnecting',
  ended: 'Disconnected',
};

/** Never Live without a moving picture. */
export function statusText(state: ViewerState, picture: Picture): string {
  if (state.kind === 'playing' && picture.kind === 'none') return 'Waiting';
  if (state.kind === 'playing' && picture.kind === 'frozen') return 'Frozen';
  if (state.kind === 'interrupted' && state.problem === null) return 'Host starting';
  return STATUS[state.kind];
}

/** `count` includes this viewer; null while unknown. */
export function otherViewers(count: number | null): string {
  const others = (count ?? 1) - 1;
  if (others < 1) return '';
  return others === 1 ? '1 other viewer' : `${others} other viewers`;
}

/** One line: where keys and clicks go, and how to change that. */
export function hint(
  access: MoonshareViewerElement['access'],
  capturing: boolean,
  control: ViewerControl | null,
  playing: boolean,
): string {
  if (!playing) return '';
  if (control?.standing === 'others' || control?.standing === 'free')
    return 'Your keyboard and mouse do not control the remote computer at the moment.';
  switch (access) {
    case 'watch':
      return 'You are watching. This link does not allow keyboard, mouse or gamepad.';
    case 'gamepad':
      return 'Your gamepads join the game. Keyboard and mouse stay on this computer.';
    case 'full':
      return capturing
        ? `Keyboard and mouse control the remote computer. ${LEAVE_KEYS} releases them.`
        : 'Click the picture to control the remote computer with keyboard and mouse.';
    case null:
      return '';
  }
}

const ROLES: Record<Participant['role'], string> = { watch: 'watching', gamepad: 'gamepad only', full: '' };

/** `you, has the controls, player 2`; empty if there is nothing to say. */
export function describeParticipant(
  { isYou, kind, role, hasControl, gamepads }: Participant,
  control: ViewerControl | null,
): string {
  const parts = [
    isYou ? 'you' : '',
    kind === 'agent' ? 'agent' : '',
    ROLES[role],
    // While everybody has them, nobody has to be told.
    hasControl && control !== null && control.policy !== 'union' ? 'has the controls' : '',
    gamepads.length === 0 ? '' : `player ${gamepads.join(' and ')}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** How the host's sound is heard; null if it is stereo on both sides, or not known yet. */
function soundText({ channels, hostChannels }: Pick<Statistics, 'channels' | 'hostChannels'>): string | null {
  if (channels === null || hostChannels === 2) return null;
  const name = (count: number) => (count === 8 ? '7.1' : count === 6 ? '5.1' : 'stereo');
  return channels === hostChannels
    ? `${name(channels)} sound`
    : `${name(channels)} sound, mixed from ${name(hostChannels)}`;
}

/** `1280 × 720 · 60 fps · 8.1 Mbit/s · 4 ms · WebRTC`, as far as known. */
export function describeStatistics(s: MediaStatistics): string {
  const parts = [
    s.width > 0 ? `${s.width} × ${s.height}` : null,
    s.codec,
    s.framesPerSecond === null ? null : `${Math.round(s.framesPerSecond)} fps`,
    soundText(s),
    s.bitrate === null ? null : `${(s.bitrate / 1000).toFixed(1)} Mbit/s`,
    s.roundTripMs === null ? null : `network ${Math.round(s.roundTripMs)} ms`,
    s.jitterBufferMs === null ? null : `buffer ${Math.round(s.jitterBufferMs)} ms`,
    s.decodeMs === null ? null : `decode ${Math.round(s.decodeMs)} ms`,
    s.framesDropped > 0 ? `${s.framesDropped} dropped` : null,
    s.transport === 'webrtc' ? 'WebRTC' : 'WebSocket',
    encryptionPhrase(s.hostEncryption),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}
