/** How long a key or button stays down: two frames at 60 Hz, as games look at the keyboard once a frame. */
export const PRESS_MS = 34;
/** Between two presses, for the same reason; a double click has to be faster than some 400 ms. */
export const BETWEEN_MS = 34;
/** From a movement to what happens there: what is under the pointer has to notice it first. */
export const HOVER_MS = 20;
/** Between two notches of the wheel: a brisk finger. */
export const NOTCH_MS = 10;
/** For each character that is typed: three times as fast as xdotool, and slow enough for hosts to lose none. */
export const CHARACTER_MS = 4;
/** So many characters are typed at once. */
export const BURST_CHARACTERS = 4;
/** From the button to the first movement of a drag, and from the last one to the end: some systems tell drags from clicks by time. */
export const GRIP_MS = 60;
/** Between two movements of a drag: more often than a frame, as a mouse does it. */
export const DRAG_MS = 10;
/** How far each of them goes at most, pixels of the stream: drop targets have to see the pointer come. */
export const DRAG_STRIDE = 32;
/** The movements of a drag, in one direction: enough for a short one, and not too many for a long one. */
export const DRAG_MOVES = { least: 5, most: 24 };
/** OpenAI's `wait` has no duration: "a short pause", which its samples make 1 to 2 s. */
export const OPENAI_WAIT_MS = 1000;
