import { render } from 'preact';
import { Home } from './home.tsx';

render(<Home base={new URL('./', location.origin + location.pathname)} />, document.body);
