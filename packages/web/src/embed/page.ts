import './embed.css';
import { defineMoonshareViewer } from '@moonshare/client';
import type { StreamAddress } from '../location.ts';
import { connectParent } from './parent.ts';

/**
 * The picture alone, for the frame of another page: `{base}embed/{id}?muted=1&watch=1&controls=1&transport=websocket#token=...`. `parent`, the origin of
 * that page, is whom it tells what happens and whose commands it takes (parent.ts); without it, nobody.
 */
export function showEmbedded({ base, streamerId, token, stereo, transport }: StreamAddress): void {
  defineMoonshareViewer();
  document.title = streamerId;
  const query = new URL(location.href).searchParams;
  const viewer = document.createElement('moonshare-viewer');
  viewer.setAttribute('src', base.href);
  viewer.setAttribute('streamer', streamerId);
  viewer.setAttribute('transport', transport);
  if (token !== null) viewer.setAttribute('token', token);
  viewer.toggleAttribute('stereo', stereo);
  for (const flag of ['muted', 'watch', 'controls']) viewer.toggleAttribute(flag, query.get(flag) === '1');
  const origin = URL.parse(query.get('parent') ?? '')?.origin ?? null;
  if (origin !== null && parent !== window) connectParent(viewer, { window, parent, origin });
  document.body.append(viewer);
}
