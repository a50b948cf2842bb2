import type { MoonshareServer } from '../server.ts';

/** The one time that the password is seen: on the terminal of the first start, past the log. */
export function showFirstAdmin({ firstAdmin }: MoonshareServer): void {
  if (firstAdmin === null) return;
  const { name, password } = firstAdmin;
  process.stderr.write(`moonshare: The first user is "${name}" with the password ${password} (shown only now)\n`);
}
