// Each implementation of WebRTC that is installed, over each way that it can use: `npm run peers`.
import { after, before, describe, it } from 'node:test';
import { ALL } from './kinds.ts';
import { Matrix } from './matrix.ts';

const WAYS = (['udp', 'tcp'] as const).flatMap((protocol) => ([4, 6] as const).map((family) => ({ protocol, family })));

let matrix: Matrix;
before(async () => {
  matrix = await Matrix.start();
});
after(() => matrix?.close());

for (const kind of ALL) {
  const missing = kind.missing();
  describe(kind.name, () => {
    // Fails rather than being left out: who runs this wants to know about all of them.
    if (missing !== null) it('is installed', () => Promise.reject(new Error(missing)));
    else
      for (const way of WAYS) {
        const name = `${way.protocol.toUpperCase()}, IPv${way.family}`;
        const cannot = kind.cannot(way);
        if (cannot !== null) it(name, { skip: cannot });
        else
          for (const offerer of ['viewer', 'server'] as const)
            it(`${name}, the ${offerer} offers`, () => matrix.play(kind, way, offerer));
      }
  });
}
