import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A directory for one test, removed with it. */
export function temporaryDirectory(context: TestContext, prefix: string): string {
  const path = mkdtempSync(join(tmpdir(), prefix));
  // A process of the test may still write there until it has ended.
  context.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }));
  return path;
}
