import './stream.css';
import { defineMoonshareViewer, describePlayers, gamepadsAvailable, padProblem, shareText } from '@moonshare/client';
import { render } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { StreamAddress } from '../location.ts';
import { Moon } from '../moon.tsx';
import { ControlBar } from './control-bar.tsx';
import { Controls } from './controls.tsx';
import { describeStatistics, hint, otherViewers, statusText } from './messages.ts';
import { ownName } from './own-name.ts';
import { PadLessonDialog } from './pad-lesson.tsx';
import { ViewerModel } from './viewer-model.ts';

export function showStream(address: StreamAddress): void {
  defineMoonshareViewer();
  document.title = `${address.streamerId} · Moonshare`;
  render(<StreamPage address={address} />, document.body);
}

/** One stream: the picture, a bar with the controls, and a status line. */
function StreamPage({ address }: { address: StreamAddress }) {
  const model = useMemo(() => new ViewerModel(), []);
  const { state, picture, access, capturing, statistics, viewers, hostQuality, share, gamepads, control } = model;
  useEffect(() => model.start(), [model]);
  const trouble = padProblem(gamepads.value);
  const isLive = state.value.kind === 'playing' && picture.value.kind === 'moving';
  return (
    <>
      <header>
        <a class="home" href={address.base.href} aria-label="Moonshare home page">
          <Moon />
        </a>
        <div class="title">
          <h1>{address.streamerId}</h1>
          <span class={`status ${isLive ? 'live' : state.value.kind}`}>{statusText(state.value, picture.value)}</span>
          <span class="company">{state.value.kind === 'playing' && otherViewers(viewers.value)}</span>
        </div>
        <ControlBar model={model} />
        <Controls model={model} />
      </header>
      <main>
        <moonshare-viewer
          ref={model.element}
          src={address.base.href}
          streamer={address.streamerId}
          {...(address.token !== null && { token: address.token })}
          {...(address.stereo && { stereo: true })}
          transport={address.transport}
          {...(ownName.peek() !== '' && { name: ownName.peek() })}
        />
      </main>
      <footer>
        <span class="hint">{hint(access.value, capturing.value, control.value, state.value.kind === 'playing')}</span>
        <span class="quality" role="status">
          {state.value.kind === 'playing' && hostQuality.value === 'Poor' && 'Poor connection between server and host'}
        </span>
        <span class="share" role="status">
          {state.value.kind === 'playing' && shareText(share.value)}
        </span>
        <span class="players" role="status">
          {describePlayers(gamepads.value)}
        </span>
        {trouble !== null && (
          <span class="trouble" role="status">
            {trouble.text}{' '}
            {trouble.setUp !== null && (
              <button type="button" class="link" onClick={() => (model.lesson.value = trouble.setUp)}>
                Set it up
              </button>
            )}
          </span>
        )}
        {!gamepadsAvailable() && <span class="insecure">Gamepads need HTTPS.</span>}
        <span class="statistics">{statistics.value === null ? '' : describeStatistics(statistics.value)}</span>
      </footer>
      <PadLessonDialog model={model} />
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
        transport?: string;
        name?: string;
      };
    }
  }
}
