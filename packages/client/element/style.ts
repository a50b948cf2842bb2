import { FULL_SCREEN_CSS } from './full-screen/style.ts';

/** A constructed sheet, so that a content security policy without inline styles can stay. */
export function viewportStyle(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS + FULL_SCREEN_CSS);
  return sheet;
}

const CSS = `
:host {
  --moonshare-background: #0b0d10;
  --moonshare-panel: rgb(20 24 30 / 0.92);
  --moonshare-text: #e3e7ec;
  --moonshare-muted: #9aa5b1;
  --moonshare-accent: #8ab8ff;
  display: block;
  position: relative;
  overflow: hidden;
  /* That of the picture, once it is known. */
  aspect-ratio: var(--moonshare-aspect-ratio, var(--moonshare-picture, 16 / 9));
  background: var(--moonshare-background);
  color: var(--moonshare-text);
  font: 16px/1.5 system-ui, sans-serif;
}
:host([hidden]) { display: none; }
video, .still {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  object-fit: contain;
}
.still { pointer-events: none; }
.still[hidden] { display: none; }
video {
  touch-action: none;
  user-select: none;
  -webkit-user-select: none;
}
:host(:state(capturing)) video { cursor: none; }
.ring {
  position: absolute;
  inset: 0;
  border: 2px solid var(--moonshare-accent);
  opacity: 0;
  pointer-events: none;
}
:host(:state(capturing)) .ring { opacity: 0.55; }
textarea {
  position: absolute;
  left: 50%;
  bottom: 10%;
  width: 1px;
  height: 1px;
  padding: 0;
  border: 0;
  opacity: 0;
  resize: none;
  pointer-events: none;
}
.control {
  position: absolute;
  left: 50%;
  top: 1.2rem;
  transform: translateX(-50%);
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  justify-content: center;
  gap: 0.5rem 0.9rem;
  box-sizing: border-box;
  width: max-content;
  max-width: calc(100% - 2rem);
  padding: 0.45rem 1.1rem;
  border-radius: 1.4rem;
  background: var(--moonshare-panel);
  font-size: 0.92rem;
  font-variant-numeric: tabular-nums;
  text-align: center;
  text-wrap: pretty;
  overflow-wrap: anywhere;
}
.control[hidden] { display: none; }
.control .buttons { display: flex; gap: 0.5rem; margin-right: -0.65rem; }
.control .buttons:empty { display: none; }
.control button { padding: 0.3rem 1rem; white-space: nowrap; }
.control button + button { background: transparent; box-shadow: inset 0 0 0 1px var(--moonshare-muted); color: inherit; }
.typing {
  position: absolute;
  left: 50%;
  bottom: 1.2rem;
  transform: translateX(-50%);
  display: flex;
  align-items: center;
  gap: 0.9rem;
  width: max-content;
  max-width: calc(100% - 2rem);
  padding: 0.45rem 0.45rem 0.45rem 1.1rem;
  border-radius: 1.4rem;
  background: var(--moonshare-panel);
  font-size: 0.92rem;
  font-variant-numeric: tabular-nums;
  text-wrap: pretty;
}
.typing[hidden], .typing progress[hidden] { display: none; }
.typing progress { flex: 0 1 8rem; min-width: 3rem; accent-color: var(--moonshare-accent); }
.typing button { padding: 0.3rem 1rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.notice {
  position: absolute;
  inset: 0;
  display: grid;
  place-items: center;
  padding: 1.5rem;
  pointer-events: none;
}
.notice[hidden], .sound[hidden] { display: none; }
.card {
  max-width: 30rem;
  padding: 1.75rem 2rem;
  border-radius: 14px;
  background: var(--moonshare-panel);
  text-align: center;
  pointer-events: auto;
}
.small { place-items: start center; padding: 0.8rem; }
.small .card { display: flex; align-items: center; gap: 0.7rem; padding: 0.5rem 1rem; border-radius: 999px; }
.small .card h2 { font-size: 0.95rem; }
.small .spinner { width: 1rem; height: 1rem; margin: 0; border-width: 2px; }
.card h2 { margin: 0; font-size: 1.2rem; font-weight: 600; text-wrap: balance; }
.card p { margin: 0.6rem 0 0; color: var(--moonshare-muted); text-wrap: pretty; }
.card p:empty { display: none; }
.card .code { font-size: 0.78rem; letter-spacing: 0.03em; opacity: 0.75; }
.spinner {
  width: 1.6rem;
  height: 1.6rem;
  margin: 0 auto 1rem;
  border: 3px solid rgb(255 255 255 / 0.14);
  border-top-color: var(--moonshare-accent);
  border-radius: 50%;
  animation: turn 1s linear infinite;
}
.spinner[hidden], .retry[hidden], form[hidden] { display: none; }
form { display: flex; justify-content: center; gap: 0.6rem; margin-top: 1.2rem; }
input {
  width: 9rem;
  border: 1px solid var(--moonshare-muted);
  border-radius: 999px;
  padding: 0.5rem 1.1rem;
  background: transparent;
  color: inherit;
  font: inherit;
  letter-spacing: 0.2em;
  text-align: center;
}
input:focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 4s; } }
button {
  border: 0;
  border-radius: 999px;
  padding: 0.6rem 1.4rem;
  background: var(--moonshare-accent);
  color: #0b1420;
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
button:hover { filter: brightness(1.08); }
button:focus-visible { outline: 3px solid #fff; outline-offset: 2px; }
.retry { margin-top: 1.2rem; }
.sound {
  position: absolute;
  left: 50%;
  bottom: 1.5rem;
  transform: translateX(-50%);
  box-shadow: 0 6px 24px rgb(0 0 0 / 0.5);
}
`;
