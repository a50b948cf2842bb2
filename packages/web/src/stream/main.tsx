import { defineMoonshareViewer } from '@moonshare/client';
import { render } from 'preact';
import { parseStreamAddress } from '../location.ts';
import { StreamPage } from './page.tsx';

defineMoonshareViewer();
const address = parseStreamAddress(location.href);
if (address === null) location.replace(new URL('../', location.origin + location.pathname));
else render(<StreamPage address={address} />, document.body);
// A corrected link in the same tab.
addEventListener('hashchange', () => location.reload());
