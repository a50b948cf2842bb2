import { isAdminAddress, isEmbedAddress, parseStreamAddress, parseVoucherAddress } from './location.ts';

// Each page loads its own part, which keeps the entry small.
const base = new URL(document.baseURI);
const stream = parseStreamAddress(location.href);
const voucher = parseVoucherAddress(new URL(location.href), base);
if (isAdminAddress(new URL(location.href), base)) (await import('./admin/page.tsx')).showAdmin(base);
else if (voucher !== null) (await import('./vouch/page.tsx')).showVouching(voucher, base);
else if (stream === null) (await import('./home/home.tsx')).showHome(base);
else if (isEmbedAddress(new URL(location.href))) (await import('./embed/page.ts')).showEmbedded(stream);
else (await import('./stream/page.tsx')).showStream(stream);

// Someone corrected the link in the same tab.
addEventListener('hashchange', () => location.reload());
