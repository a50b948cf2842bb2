/** Until the library has closed by itself what it will. */
const LATER_MS = 1000;

/**
 * For channels and tracks of a connection that closes. The library closes them on threads of its own and tells so; one that is
 * closed from here in that moment loses the telling, and what waits for it keeps memory and process for ever. So they are closed
 * from here afterwards, for the sake of those that the library did not know.
 */
export function closeLater(closeables: readonly { close(): void }[]): void {
  setTimeout(() => {
    for (const each of closeables) each.close();
  }, LATER_MS).unref();
}
