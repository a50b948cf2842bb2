import type { CreatedLink } from '@moonshare/contract';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** A new link, shown only once: the server keeps no copy of its secret. */
export function CreatedLinkNote({ link, onDone }: { link: CreatedLink; onDone: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const message = useSignal('');
  useEffect(() => field.current?.focus(), []);
  const copy = async (): Promise<void> => {
    message.value = (await copied(field.current!)) ? 'Copied.' : 'Selected: press Ctrl+C to copy it.';
  };
  return (
    <div class="note made">
      <label>
        Link {link.id}, shown only this once{link.has_pin ? '; send the PIN separately' : ''}
        <input ref={field} readOnly value={link.url} onFocus={(event) => event.currentTarget.select()} />
      </label>
      <button type="button" class="primary" onClick={() => void copy()}>
        Copy
      </button>
      <button type="button" onClick={onDone}>
        Done<span class="hidden"> with link {link.id}</span>
      </button>
      <span role="status">{message}</span>
    </div>
  );
}

/** Without HTTPS there is no clipboard API; the older command works there. */
async function copied(field: HTMLInputElement): Promise<boolean> {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}
