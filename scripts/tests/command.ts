import { spawn } from 'node:child_process';

/** Runs a program on npm's path to its end; `output` is everything it wrote to stdout and stderr. */
export function runCommand([program, ...args]: readonly [string, ...string[]]): Promise<{
  ok: boolean;
  output: string;
}> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: `${error.message}\n` }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}
