import '../home/home.css';
import { ApiError, MoonshareApi } from '@moonshare/api';
import { render } from 'preact';
import { Moon } from '../moon.tsx';

const LIMIT_MS = 15_000;

type State = { kind: 'asking' } | { kind: 'vouched' } | { kind: 'refused'; message: string; hint: string };

/** For a browser that a site sends here to vouch for it: from then on the links that the site gives open in it. */
export async function showVouching(voucher: string, base: URL): Promise<void> {
  // It works once: nobody should find it in the history and wonder.
  history.replaceState(null, '', 'vouch');
  show({ kind: 'asking' });
  show(await redeem(voucher, base));
}

async function redeem(voucher: string, base: URL): Promise<State> {
  try {
    await new MoonshareApi({ url: base, timeoutMs: LIMIT_MS }).redeemVoucher(voucher);
    return { kind: 'vouched' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: 'refused', message: error.message, hint: error.hint };
  }
}

function show(state: State): void {
  render(<Vouching state={state} />, document.body);
}

function Vouching({ state }: { state: State }) {
  return (
    <main aria-live="polite">
      <Moon />
      {state.kind === 'asking' && <h1>One moment</h1>}
      {state.kind === 'vouched' && (
        <>
          <h1>This browser is ready</h1>
          <p>
            Links to streams from the site or app that sent you here now open in this browser. You can close this page.
          </p>
        </>
      )}
      {state.kind === 'refused' && (
        <>
          <h1>That did not work</h1>
          <p>{state.message}.</p>
          <p>{state.hint}</p>
        </>
      )}
    </main>
  );
}
