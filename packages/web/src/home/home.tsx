import './home.css';
import { useSignal } from '@preact/signals';
import { render } from 'preact';
import { streamLink } from '../location.ts';
import { Moon } from '../moon.tsx';

export function showHome(base: URL): void {
  render(<Home base={base} />, document.body);
}

/** The page for someone who comes without a link: what this is, and how to get to a stream. */
function Home({ base }: { base: URL }) {
  const wrong = useSignal(false);
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement).get('stream');
    const link = streamLink(String(typed ?? ''), base);
    wrong.value = link === null;
    if (link !== null) location.assign(link);
  };
  return (
    <main>
      <Moon />
      <h1>Moonshare</h1>
      <p>
        One computer or game, streamed once, watched and played by many. Anyone with the link can join right here, in
        the browser.
      </p>
      <form onSubmit={onSubmit}>
        <label for="stream">Open a stream</label>
        <div class="row">
          <input
            id="stream"
            name="stream"
            placeholder="Stream link or name"
            autocomplete="off"
            spellcheck={false}
            aria-describedby="stream-help"
            aria-invalid={wrong.value}
            required
          />
          <button type="submit">Open</button>
        </div>
        <p id="stream-help" class={wrong.value ? 'wrong' : ''} role="status">
          {wrong.value
            ? 'That is neither a stream link nor a stream name. A link looks like this: https://…/s/name#token=…'
            : 'Paste the link you were given. If you have none, ask whoever runs the stream.'}
        </p>
      </form>
      <p class="aside">
        Do you run this server? <a href="admin">See its streams and viewers</a>
      </p>
    </main>
  );
}
