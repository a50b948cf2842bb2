import type { Page } from 'playwright-core';

/** Headless Chromium has no gamepads, so this one stands in for the driver; everything behind it is real. */
export async function plugInGamepad(
  page: Page,
  held: number | null,
): Promise<{ press(button: number, down: boolean): Promise<void> }> {
  await page.addInitScript(presentGamepad, held);
  return {
    press: (button, down) =>
      page.evaluate(
        ([index, pressed]) => {
          (window as unknown as { pressGamepad(index: number, down: boolean): void }).pressGamepad(index, pressed);
        },
        [button, down] as const,
      ),
  };
}

/** Runs in the page: from now on it has a gamepad, with one button down or none, and `pressGamepad(button, down)`. */
export function presentGamepad(holds: number | null): void {
  const buttons = Array.from({ length: 17 }, (_, index) => ({
    pressed: index === holds,
    touched: false,
    value: index === holds ? 1 : 0,
  }));
  const pad = { index: 0, id: 'test pad', mapping: 'standard', connected: true, axes: [0, 0, 0, 0], buttons };
  navigator.getGamepads = () => [pad as unknown as Gamepad];
  Object.assign(window, {
    pressGamepad: (index: number, down: boolean) =>
      Object.assign(buttons[index]!, { pressed: down, value: down ? 1 : 0 }),
  });
}
