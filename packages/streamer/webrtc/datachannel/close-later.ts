/** Gives the library time to close what it closes on its own. */
const LATER_MS = 1000;

/**
 * Closes the channels and tracks of a closing connection. The library closes those it knows on its own threads; if we close one at
 * that moment, its close event is lost, and whatever waits for it keeps memory and process for ever. So we close them later,
 * for the sake of those the library does not know.
 */
export function closeLater(closeables: readonly { close(): void }[]): void {
  setTimeout(() => {
    for (const each of closeables) each.close();
  }, LATER_MS).unref();
}
