import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** As after `npm ci --omit=dev`. */
const WITHOUT_NODE_AV = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({ resolve: (name, context, next) => next(name.replace(/^node-av(?=$|[/])/, 'node-av-is-not-here'), context) });
`)}`;

function node(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [WITHOUT_NODE_AV, ...args], {
    encoding: 'utf8',
    // If it does start, it would run for ever.
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

test('without the encoders the host says in one line what is missing', () => {
  const { status, stderr } = node(fileURLToPath(new URL('../main.ts', import.meta.url)));
  assert.equal(
    stderr,
    'The virtual host needs the package node-av, which does not come with it: npm install --no-save node-av@6\n',
  );
  assert.equal(status, 3);
});

test('exports that encode nothing work without the encoders', () => {
  const face = new URL('../index.ts', import.meta.url);
  const { stdout, stderr } = node('-e', `import('${face}').then(({ portsOf }) => console.log(portsOf(47989).rtsp))`);
  assert.equal(stdout, '48010\n', stderr);
});
