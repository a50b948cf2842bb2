/** A shape without colour: coverage 0..256 per pixel, row by row. */
export interface Mask {
  width: number;
  height: number;
  alpha: Uint16Array;
}

/** Builds a mask from a coverage function (0..1) sampled at pixel centres. */
export function makeMask(width: number, height: number, coverage: (x: number, y: number) => number): Mask {
  const alpha = new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      alpha[y * width + x] = Math.round(256 * Math.min(1, Math.max(0, coverage(x + 0.5, y + 0.5))));
    }
  }
  return { width, height, alpha };
}

/** A disc in a square of `diameter` pixels. */
export function disc(diameter: number): Mask {
  const radius = diameter / 2;
  return makeMask(diameter, diameter, (x, y) => radius - Math.hypot(x - radius, y - radius) + 0.5);
}

/** A circle line of `stroke` pixels inside a square of `diameter` pixels. */
export function ring(diameter: number, stroke: number): Mask {
  const radius = diameter / 2;
  return makeMask(diameter, diameter, (x, y) => {
    const distance = Math.hypot(x - radius, y - radius);
    return Math.min(radius - distance, distance - (radius - stroke)) + 0.5;
  });
}

/** A disc that fades from `strength` in the middle to nothing at the edge. */
export function glow(diameter: number, strength: number): Mask {
  const radius = diameter / 2;
  return makeMask(diameter, diameter, (x, y) => {
    const edge = 1 - Math.hypot(x - radius, y - radius) / radius;
    return edge <= 0 ? 0 : strength * edge * edge;
  });
}

export function roundedBox(width: number, height: number, radius: number): Mask {
  return makeMask(width, height, (x, y) => 0.5 - boxDistance(x, y, width, height, radius));
}

export function roundedFrame(width: number, height: number, radius: number, stroke: number): Mask {
  return makeMask(width, height, (x, y) => {
    const distance = boxDistance(x, y, width, height, radius);
    return Math.min(0.5 - distance, distance + stroke + 0.5);
  });
}

/** Signed distance to a rounded box that fills width x height, negative inside. */
function boxDistance(x: number, y: number, width: number, height: number, radius: number): number {
  const dx = Math.abs(x - width / 2) - (width / 2 - radius);
  const dy = Math.abs(y - height / 2) - (height / 2 - radius);
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
}

/** A filled polygon (even-odd), smoothed by 4x4 samples per pixel. */
export function polygon(width: number, height: number, points: readonly (readonly [number, number])[]): Mask {
  return makeMask(width, height, (cx, cy) => {
    let hits = 0;
    for (let sample = 0; sample < 16; sample++) {
      const x = cx - 0.375 + 0.25 * (sample & 3);
      const y = cy - 0.375 + 0.25 * (sample >> 2);
      if (inside(x, y, points)) hits++;
    }
    return hits / 16;
  });
}

function inside(x: number, y: number, points: readonly (readonly [number, number])[]): boolean {
  let odd = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [xi, yi] = points[i]!;
    const [xj, yj] = points[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

/** A picture uses about 200; clients that request many sizes must not fill the memory. */
const MAX_MASKS = 2000;

/** Keeps masks by size: drawing needs the same few again and again. */
export class MaskCache {
  readonly #masks = new Map<string, Mask>();

  get(key: string, make: () => Mask): Mask {
    let mask = this.#masks.get(key);
    if (mask === undefined) {
      if (this.#masks.size >= MAX_MASKS) this.#masks.clear();
      mask = make();
      this.#masks.set(key, mask);
    }
    return mask;
  }
}
