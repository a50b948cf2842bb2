import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('programs/pion', import.meta.url));
const BUILD = fileURLToPath(new URL('../../node_modules/.cache/peers', import.meta.url));
/** Where Debian keeps the sources of Go packages. */
const DEBIAN_GO = '/usr/share/gocode';
const COMPILER = '/usr/bin/go';

/** The path of the viewer on Pion, compiled from Debian's sources, offline; null: they, or Go, are not installed. */
export function pionProgram(): string | null {
  const program = `${BUILD}/pion`;
  const builtAt = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtAt > statSync(`${SOURCE}/main.go`).mtimeMs) return program;
  if (!existsSync(COMPILER) || !existsSync(`${DEBIAN_GO}/src/github.com/pion/webrtc`)) return null;
  // Without modules, Go finds `/v3` in an import only from inside its own path.
  const folder = `${BUILD}/go/src/viewer-pion`;
  cpSync(SOURCE, folder, { recursive: true });
  execFileSync(COMPILER, ['build', '-o', program, '.'], {
    cwd: folder,
    env: {
      ...process.env,
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOPATH: `${BUILD}/go:${DEBIAN_GO}`,
      GOCACHE: `${BUILD}/go-cache`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}
