/** What strangers write with the packages: the files of their projects. */

export const INDEX_HTML =
  '<!doctype html><title>A site</title><div id="root"></div><script type="module" src="/src/main.tsx"></script>';

export const VITE_CONFIG = `
import react from '@vitejs/plugin-react';
export default { plugins: [react()] };
`;

export const MAIN_TSX = `
import { Stream, useStream, useStreamStatistics } from '@moonshare/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

const given = Object.fromEntries(new URLSearchParams(location.search));
const fetchToken = async () => given.token!;

function Desktop() {
  const { ref, viewer, state } = useStream();
  const statistics = useStreamStatistics(viewer);
  return (
    <>
      <Stream ref={ref} src={given.src!} streamer={given.streamer!} tokenProvider={fetchToken} muted />
      <p>{state.kind}, {Math.round(statistics?.framesPerSecond ?? 0)} frames a second</p>
    </>
  );
}

createRoot(document.querySelector('#root')!).render(<StrictMode><Desktop /></StrictMode>);
`;

export const RENDERED = `
import { defineMoonshareViewer } from '@moonshare/client';
import { Stream } from '@moonshare/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
defineMoonshareViewer();
process.stdout.write(renderToString(createElement(Stream, { src: 'https://moonshare.example/', streamer: 'a' })));
`;

export const API_USER = `
import process from 'node:process';
import { MoonshareApi } from '@moonshare/api';
const api = new MoonshareApi({ url: 'http://127.0.0.1:9', retries: 0 });
process.stdout.write(await api.listStreamers().then(() => 'an answer', (error) => error.code));
`;

export const CHECKED = `
import { ApiError, MoonshareApi } from '@moonshare/api';
import { type DisconnectReason, disconnectReason } from '@moonshare/client';
import { HostClient, type GameStream } from '@moonshare/gamestream';
import { Stream, useStream } from '@moonshare/react';

export function Desktop() {
  const { ref, state } = useStream();
  const reason: DisconnectReason | null = disconnectReason(state);
  return <><Stream ref={ref} src="/" streamer="a" /><moonshare-viewer src="/" streamer="b" muted />{reason}</>;
}
export async function work(api: MoonshareApi): Promise<string> {
  try {
    return (await api.streamer('a')).status;
  } catch (error) {
    return error instanceof ApiError ? error.code : '';
  }
}
export const session: { client: typeof HostClient; stream: GameStream | null } = { client: HostClient, stream: null };
`;

const tsconfig = (module: string, moduleResolution: string) =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2022', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
      types: ['node', 'react'],
      module,
      moduleResolution,
    },
    files: ['program.tsx'],
  });

export const TSCONFIGS = {
  'tsconfig.nodenext.json': tsconfig('nodenext', 'nodenext'),
  'tsconfig.bundler.json': tsconfig('esnext', 'bundler'),
};
