import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '../..');
const ROOT = join(PACKAGE, '../..');

/** A copy of this repository in `folder` whose addon has AddressSanitizer and UndefinedBehaviorSanitizer, so that nobody else loads it. */
export class SanitizedCopy {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns what is wrong, or null. */
  build(): string | null {
    const folder = this.#folder;
    const copy = join(folder, 'packages/webrtc');
    cpSync(PACKAGE, copy, { recursive: true, filter: (path) => !/\/(build|node_modules)$/.test(path) });
    for (const name of ['package.json', 'scripts']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    const others = readdirSync(join(ROOT, 'packages')).filter((name) => name !== 'webrtc');
    for (const path of ['node_modules', 'fixtures', ...others.map((name) => `packages/${name}`)])
      symlinkSync(join(ROOT, path), join(folder, path));
    const compiler = join(folder, 'cc');
    writeFileSync(compiler, '#!/bin/sh\nexec cc -g -fsanitize=address,undefined -fno-sanitize-recover=all "$@"\n');
    chmodSync(compiler, 0o755);
    const { stderr } = spawnSync(process.execPath, [join(copy, 'native/build.ts')], {
      env: { ...process.env, CC: compiler },
      encoding: 'utf8',
    });
    return stderr === '' ? null : stderr.trim();
  }

  /** Runs Node in the copy. */
  run(args: readonly string[], stdio: 'inherit' | 'pipe'): { status: number | null; stdout: string; stderr: string } {
    const library = (name: string) =>
      spawnSync('cc', [`-print-file-name=${name}.so`], { encoding: 'utf8' }).stdout.trim();
    return spawnSync(process.execPath, args, {
      cwd: this.#folder,
      stdio,
      encoding: 'utf8',
      env: {
        ...process.env,
        LD_PRELOAD: `${library('libasan')}:${library('libubsan')}`,
        // V8 frees nothing at its end.
        ASAN_OPTIONS: 'detect_leaks=0',
      },
    });
  }
}
