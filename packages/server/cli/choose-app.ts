import { MoonshareError } from '@moonshare/contract';

/**
 * The app with the wanted title or ID; if none is named, Desktop, otherwise the first. `option` is the name of the option in the hint.
 * Throws APP_NOT_FOUND.
 */
export function chooseApp<A extends { app_id: number; title: string }>(
  apps: readonly A[],
  wanted: string | undefined,
  option: string,
): A {
  const named = (name: string) =>
    apps.find(({ app_id, title }) => title.toLowerCase() === name.toLowerCase() || String(app_id) === name);
  const app = wanted === undefined ? (named('Desktop') ?? apps[0]) : named(wanted);
  if (app !== undefined) return app;
  throw new MoonshareError('APP_NOT_FOUND', {
    message: wanted === undefined ? 'The host offers no apps' : `The host has no app called "${wanted}"`,
    hint: `${option} can be one of: ${apps.map(({ title }) => title).join(', ')}.`,
  });
}
