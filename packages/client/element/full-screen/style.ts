/** The full-screen bar, and a viewport that fills the page where elements cannot go full screen, wherever the page has put it. */
export const FULL_SCREEN_CSS = `
:host(:state(filling)) {
  position: fixed !important;
  inset: 0 !important;
  z-index: 2147483647 !important;
  min-height: 0 !important;
}
:host(:state(filling)) .ring, :host(:fullscreen) .ring { display: none; }
.bar, .handle { display: none; }
:host(:state(barred)) .bar {
  position: absolute;
  top: 0;
  right: 0;
  left: 0;
  display: flex;
  align-items: center;
  justify-content: center;
  gap: 0.3rem;
  padding: max(0.4rem, env(safe-area-inset-top)) max(0.6rem, env(safe-area-inset-right)) 0.4rem
    max(0.6rem, env(safe-area-inset-left));
  background: var(--moonshare-panel);
  transform: translateY(-100%);
  visibility: hidden;
  transition: transform 0.18s, visibility 0.18s;
}
:host(:state(barred)) .bar.shown { transform: none; visibility: visible; }
.bar button {
  display: grid;
  place-items: center;
  width: 2.75rem;
  height: 2.75rem;
  border-radius: 10px;
  padding: 0;
  background: none;
  color: inherit;
}
.bar button.words { width: auto; padding: 0 0.9rem; font-size: 0.9rem; white-space: nowrap; }
.bar button[hidden] { display: none; }
.bar button:hover { background: rgb(255 255 255 / 0.1); }
.bar svg {
  width: 1.4rem;
  height: 1.4rem;
  fill: none;
  stroke: currentColor;
  stroke-linecap: round;
  stroke-linejoin: round;
  stroke-width: 1.7;
}
.bar .label { overflow: hidden; color: var(--moonshare-muted); font-size: 0.9rem; text-overflow: ellipsis; white-space: nowrap; }
.bar .label:not(:empty) { margin-right: 0.8rem; }
.bar .refused { color: #f0c674; font-size: 0.9rem; }
:host(:state(barred)) .control { top: 4.2rem; }
@media (pointer: coarse) {
  :host(:state(barred)) .handle {
    position: absolute;
    top: env(safe-area-inset-top);
    left: 50%;
    display: block;
    width: 5.5rem;
    height: 1.75rem;
    margin-left: -2.75rem;
    border-radius: 0 0 12px 12px;
    padding: 0;
    background: none;
  }
  .handle::after {
    position: absolute;
    top: 0.35rem;
    left: 50%;
    width: 3rem;
    height: 0.32rem;
    margin-left: -1.5rem;
    border-radius: 999px;
    background: #fff;
    box-shadow: 0 0 4px rgb(0 0 0 / 0.8);
    opacity: 0.55;
    content: "";
  }
  .bar.shown ~ .handle { display: none !important; }
}
@media (prefers-reduced-motion: reduce) { :host(:state(barred)) .bar { transition: none; } }
`;
