import type { CreatedLink } from '@moonshare/contract';
import type { Testbed } from '../testbed.ts';
import type { Viewer, ViewerPool } from '../viewer-pool.ts';

/** The token in the fragment of a new link. */
export async function newLink(testbed: Testbed, streamerId: string): Promise<{ link: string; linkId: number }> {
  const path = `/api/streamers/${streamerId}/links`;
  const { url, id } = await testbed.api.call<CreatedLink>('POST', path, { role: 'full' });
  return { link: new URLSearchParams(new URL(url).hash.slice(1)).get('token')!, linkId: id };
}

/** Sends this viewer another link, if it came by one. */
export async function sendLink(testbed: Testbed, viewerPool: ViewerPool, viewer: Viewer): Promise<void> {
  const { ticket } = viewer;
  if (ticket.kind === 'link') viewerPool.useLink(viewer, await newLink(testbed, ticket.streamerId));
}
