// `npm run build`: the web app, into packages/web/dist.
import { spawnSync } from 'node:child_process';
import { needsDevelopment } from './development.ts';

needsDevelopment('Building the web app', 'vite');
const { status } = spawnSync('npm', ['run', '-s', 'build', '--workspace', '@moonshare/web'], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
process.exitCode = status ?? 1;
