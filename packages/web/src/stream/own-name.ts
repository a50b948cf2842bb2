import { signal } from '@preact/signals';

const STORED_AS = 'moonshare.name';

/** What the person wants to be called; '' if they have not said. Stored in the browser, for all streams of the server. */
export const ownName = signal(stored());

export function saveName(name: string): void {
  ownName.value = name;
  // Without storage, the browser forgets it with the page.
  try {
    localStorage.setItem(STORED_AS, name);
  } catch {}
}

function stored(): string {
  try {
    return localStorage.getItem(STORED_AS) ?? '';
  } catch {
    return '';
  }
}
