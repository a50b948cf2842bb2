import { parseStreamAddress } from './location.ts';

// Each page brings its own part, so the first one stays small.
const address = parseStreamAddress(location.href);
if (address === null) (await import('./home/home.tsx')).showHome(new URL(document.baseURI));
else (await import('./stream/page.tsx')).showStream(address);

// A corrected link in the same tab.
addEventListener('hashchange', () => location.reload());
