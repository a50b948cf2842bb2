import type { MoonshareServer } from '../server.ts';

/** The only time the password is shown: on the terminal of the first start, bypassing the log. */
export function showFirstAdmin({ firstAdmin }: MoonshareServer): void {
  if (firstAdmin === null) return;
  const { name, password } = firstAdmin;
  process.stderr.write(`moonshare: The first user is "${name}" with the password ${password} (shown only now)\n`);
}
