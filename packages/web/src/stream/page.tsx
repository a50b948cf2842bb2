import './stream.css';
import { defineMoonshareViewer, gamepadsAvailable, padTrouble, playerWord } from '@moonshare/client';
import { render } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { StreamAddress } from '../location.ts';
import { Moon } from '../moon.tsx';
import { Controls } from './controls.tsx';
import { LessonDialog } from './pad-lesson.tsx';
import { Stage } from './stage.ts';
import { company, describeStatistics, hint, statusWord } from './text.ts';

export function showStream(address: StreamAddress): void {
  defineMoonshareViewer();
  document.title = `${address.streamerId} · Moonshare`;
  render(<StreamPage address={address} />, document.body);
}

/** One stream: the stage, a bar with what can be done, a line with what goes on. */
function StreamPage({ address }: { address: StreamAddress }) {
  const stage = useMemo(() => new Stage(), []);
  const { state, picture, access, capturing, statistics, viewers, hostQuality, gamepads } = stage;
  useEffect(() => stage.start(), [stage]);
  const trouble = padTrouble(gamepads.value);
  const isLive = state.value.kind === 'playing' && picture.value.kind === 'moving';
  return (
    <>
      <header>
        <a class="home" href={address.base.href} aria-label="Moonshare, first page">
          <Moon />
        </a>
        <div class="title">
          <h1>{address.streamerId}</h1>
          <span class={`status ${isLive ? 'live' : state.value.kind}`}>{statusWord(state.value, picture.value)}</span>
          <span class="company">{state.value.kind === 'playing' && company(viewers.value)}</span>
        </div>
        <Controls stage={stage} />
      </header>
      <main>
        <moonshare-viewer
          ref={stage.element}
          src={address.base.href}
          streamer={address.streamerId}
          {...(address.token !== null && { token: address.token })}
          {...(address.stereo && { stereo: true })}
        />
      </main>
      <footer>
        <span class="hint">{hint(access.value, capturing.value, state.value.kind === 'playing')}</span>
        <span class="quality" role="status">
          {state.value.kind === 'playing' && hostQuality.value === 'Poor' && 'Poor network between server and host'}
        </span>
        <span class="players" role="status">
          {playerWord(gamepads.value)}
        </span>
        {trouble !== null && (
          <span class="trouble" role="status">
            {trouble.text}{' '}
            {trouble.setUp !== null && (
              <button type="button" class="link" onClick={() => (stage.lesson.value = trouble.setUp)}>
                Set it up
              </button>
            )}
          </span>
        )}
        {!gamepadsAvailable() && <span class="insecure">Gamepads need HTTPS.</span>}
        <span class="statistics">{statistics.value === null ? '' : describeStatistics(statistics.value)}</span>
      </footer>
      <LessonDialog stage={stage} />
    </>
  );
}

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'moonshare-viewer': preact.HTMLAttributes<HTMLElement> & {
        src: string;
        streamer: string;
        token?: string;
        stereo?: boolean;
      };
    }
  }
}
