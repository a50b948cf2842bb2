/** A viewer's input, as its data channels carry it (protocol/4 §5). */
export type ViewerInput =
  | { kind: 'mouseMove'; dx: number; dy: number }
  /** x, y on a plane of width × height. */
  | { kind: 'mousePosition'; x: number; y: number; width: number; height: number }
  /** 1 left, 2 middle, 3 right, 4 X1, 5 X2. */
  | { kind: 'mouseButton'; down: boolean; button: number }
  /** High-resolution wheel as browsers send it: CSS pixels, y already negated (positive is up). */
  | { kind: 'wheelPixels'; dx: number; dy: number }
  | { kind: 'wheelNotches'; dx: number; dy: number }
  /** modifiers: SHIFT 1, CTRL 2, ALT 4, META 8; virtualKey: Windows virtual key code. */
  | { kind: 'key'; down: boolean; modifiers: number; virtualKey: number }
  | { kind: 'text'; text: string }
  /** The state of the viewer's lock keys; null: not given. */
  | { kind: 'lockKeys'; capsLock: boolean | null; numLock: boolean | null; scrollLock: boolean | null }
  | {
      kind: 'touch';
      event: 'down' | 'move' | 'up';
      pointerId: number;
      /** 0..1 of the picture. */
      x: number;
      y: number;
      pressure: number;
      contactMajor: number;
      contactMinor: number;
      rotation: number;
    }
  | { kind: 'controllerAdd'; id: number; supportedButtons: number; capabilities: number }
  | { kind: 'controllerRemove'; id: number }
  | {
      kind: 'controllerState';
      id: number;
      buttons: number;
      leftTrigger: number;
      rightTrigger: number;
      /** -32768..32767, up and right positive. */
      leftX: number;
      leftY: number;
      rightX: number;
      rightY: number;
    };
