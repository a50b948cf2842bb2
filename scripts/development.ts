/** Ends the process with one line if development packages are missing, as after `npm ci --omit=dev`. */
export function needsDevelopment(what: string, ...names: string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  process.stderr.write(
    `${what} needs development packages that are not installed (${missing.join(', ')}): run npm ci without --omit=dev\n`,
  );
  process.exit(1);
}

function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
