/** Controllers per viewer: ids 0 to 15. */
export const MAX_CONTROLLERS = 16;

/** The channels that our own page creates; `mouseClicks`, `mouseAbsolute` and `mouseRelative` are only accepted. */
export type InputChannel = 'mouse' | 'keyboard' | 'lockKeys' | 'touch' | 'controllers' | `controller${number}`;

/** What a label carries, or null for a channel that we do not know (protocol/4 §5). */
export type ChannelKind =
  | { kind: 'mouse' | 'keyboard' | 'lockKeys' | 'touch' | 'controllers' }
  | { kind: 'controller'; id: number };

export function channelKind(label: string): ChannelKind | null {
  switch (label) {
    case 'mouse':
    case 'mouseClicks':
    case 'mouseAbsolute':
    case 'mouseRelative':
      return { kind: 'mouse' };
    case 'keyboard':
    case 'lockKeys':
    case 'touch':
    case 'controllers':
      return { kind: label };
  }
  const match = /^controller(0|[1-9]\d?)$/.exec(label);
  if (match === null) return null;
  const id = Number(match[1]);
  return id < MAX_CONTROLLERS ? { kind: 'controller', id } : null;
}

/** How the browser creates a channel: a controller's state is superseded by the next one, so a lost message is not resent. */
export function channelOptions(label: string): { ordered: boolean; maxRetransmits?: number } {
  return channelKind(label)?.kind === 'controller' ? { ordered: true, maxRetransmits: 0 } : { ordered: true };
}
