import { clamp } from '@moonshare/contract/browser';
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Where `object-fit: contain` puts a picture inside its element. null while either has no size. */
export function pictureBox(element: Box, picture: Size): Box | null {
  if (!(element.width > 0 && element.height > 0 && picture.width > 0 && picture.height > 0)) return null;
  const scale = Math.min(element.width / picture.width, element.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    left: element.left + (element.width - width) / 2,
    top: element.top + (element.height - height) / 2,
    width,
    height,
  };
}

/** A point on the page as 0..1 of the picture, clamped to its edge; `inside`: whether it was on the picture. */
export function pointInPicture(box: Box, clientX: number, clientY: number): { x: number; y: number; inside: boolean } {
  const x = (clientX - box.left) / box.width;
  const y = (clientY - box.top) / box.height;
  return { x: clamp(x, 0, 1), y: clamp(y, 0, 1), inside: x >= 0 && x <= 1 && y >= 0 && y <= 1 };
}
