import type { TestContext } from 'node:test';
import { startVirtualHost, type VirtualHost } from '../cli/demo/virtual-host.ts';

export interface RealHost extends VirtualHost {
  // biome-ignore lint/suspicious/noExplicitAny: tests know its type.
  state(): Promise<any>;
  typePin(pin: string): Promise<void>;
  /** Unpairs the nth client, or all of them. */
  unpair(which: number | 'all'): Promise<void>;
}

/** Few, as no test here looks at the picture: drawing and encoding it is most of what a virtual host costs. */
const FRAMES_PER_SECOND = '10';

/** A virtual host in a separate process, and its admin port. */
export async function startRealHost(
  context: TestContext,
  pin: string | null,
  options: readonly string[] = [],
): Promise<RealHost> {
  const host = await startVirtualHost(pin, ['--fps', FRAMES_PER_SECOND, ...options]);
  context.after(() => host.close());
  const admin = `http://127.0.0.1:${host.httpPort + 40}`;
  const state: RealHost['state'] = async () => (await fetch(`${admin}/state`)).json();
  return {
    ...host,
    state,
    unpair: async (which) => {
      const body = which === 'all' ? {} : { client: (await state()).clients[which] };
      const answer = await fetch(`${admin}/unpair`, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`Not unpaired: ${await answer.text()}`);
    },
    typePin: async (typed) => {
      const body = JSON.stringify({ pin: typed });
      for (let answer: Response | null = null; answer?.ok !== true; ) {
        answer = await fetch(`${admin}/pin`, { method: 'POST', body });
      }
    },
  };
}
