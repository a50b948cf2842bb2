/** Keys and credentials reach the processes of a server only through their channels. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(MOONSHARE|MOONLIGHT)_/.test(name)));
}
