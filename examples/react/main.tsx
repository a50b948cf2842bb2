/** @jsxImportSource react */
import { Stream, useStream, useStreamControl, useStreamParticipants, useStreamStatistics } from '@moonshare/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const { src, streamer } = (await (await fetch('/stream')).json()) as { src: string; streamer: string };

/** Asked before each join, also when the connection was lost. */
const fetchToken = async () => (await fetch('/token', { method: 'POST' })).json();

function Desktop({ name }: { name: string }) {
  const stream = useStream();
  const participants = useStreamParticipants(stream.viewer);
  const { control, take, release } = useStreamControl(stream.viewer);
  const statistics = useStreamStatistics(stream.viewer);
  return (
    <>
      <Stream ref={stream.ref} src={src} streamer={streamer} tokenProvider={fetchToken} name={name} muted />
      <p>
        {stream.state.kind}, {Math.round(statistics?.framesPerSecond ?? 0)} frames a second
      </p>
      {(control?.standing === 'free' || control?.standing === 'others') && (
        <button type="button" onClick={take}>
          Take the controls
        </button>
      )}
      {control?.standing === 'yours' && (
        <button type="button" onClick={release}>
          Release the controls
        </button>
      )}
      <ul>
        {participants.map((participant) => (
          <li key={participant.id}>
            {participant.name}
            {participant.isYou && ' (you)'}
            {participant.hasControl && ' has the controls'}
          </li>
        ))}
      </ul>
    </>
  );
}

function App() {
  const [isJoined, setIsJoined] = useState(true);
  return (
    <>
      <button type="button" onClick={() => setIsJoined(!isJoined)}>
        {isJoined ? 'Leave' : 'Join'}
      </button>
      {isJoined && <Desktop name="Anna" />}
    </>
  );
}

createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
