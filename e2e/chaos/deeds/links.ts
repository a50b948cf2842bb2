import type { CreatedLink } from '@moonshare/contract';
import type { Crowd, Viewer } from '../crowd.ts';
import type { World } from '../world.ts';

/** The token that stands in the fragment of a new link. */
export async function newLink(world: World, streamerId: string): Promise<{ link: string; linkId: number }> {
  const path = `/api/streamers/${streamerId}/links`;
  const { url, id } = await world.api.call<CreatedLink>('POST', path, { role: 'full' });
  return { link: new URLSearchParams(new URL(url).hash.slice(1)).get('token')!, linkId: id };
}

/** Another link for this viewer, if it came by one. */
export async function sendLink(world: World, crowd: Crowd, viewer: Viewer): Promise<void> {
  const { ticket } = viewer;
  if (ticket.kind === 'link') crowd.useLink(viewer, await newLink(world, ticket.streamerId));
}
