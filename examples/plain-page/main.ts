import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { site } from './site.ts';

const {
  MOONSHARE_URL = 'http://localhost:8080',
  MOONSHARE_CREDENTIALS = '',
  STREAMER = 'demo',
  PORT = '5000',
} = process.env;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const server = createServer(
  site({
    moonshare: MOONSHARE_URL.replace(/\/$/, ''),
    credentials: MOONSHARE_CREDENTIALS,
    streamer: STREAMER,
    files: {
      '/': file('index.html'),
      '/moonshare.js': file('../../dist/packages/client/dist/moonshare.js'),
    },
  }),
);
server.listen(Number(PORT), 'localhost', () => process.stdout.write(`open http://localhost:${PORT}/\n`));
