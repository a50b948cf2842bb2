/** Locks the pointer, without the system's acceleration where supported. Rejects if the person or the browser refuses. */
export async function lockPointer(surface: HTMLElement): Promise<void> {
  try {
    await surface.requestPointerLock({ unadjustedMovement: true });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotSupportedError')) throw error;
    await surface.requestPointerLock();
  }
}

/** Inside a shadow tree, the document names the host element and the root names the surface itself. */
export function lockedElement(surface: HTMLElement): Element | null {
  const root = surface.getRootNode() as Node & Partial<DocumentOrShadowRoot>;
  return root.pointerLockElement ?? null;
}
