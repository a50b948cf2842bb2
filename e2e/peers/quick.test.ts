// Other implementations of WebRTC as viewers of a stream; two of them are browsers (FirefoxPage, launchChromium). `npm run peers` has more, and IPv6.
import { after, before, describe, it } from 'node:test';
import { QUICK } from './kinds.ts';
import { Matrix } from './matrix.ts';

let matrix: Matrix;
before(async () => {
  matrix = await Matrix.start();
});
after(() => matrix?.close());

for (const kind of QUICK)
  describe(kind.name, () => {
    for (const offerer of ['viewer', 'server'] as const)
      it(`gets picture and sound and sends input over UDP, where the ${offerer} offers`, () =>
        matrix.play(kind, { protocol: 'udp', family: 4 }, offerer));
    if (kind.cannot({ protocol: 'tcp', family: 4 }) === null)
      it('gets picture and sound and sends input over TCP', () =>
        matrix.play(kind, { protocol: 'tcp', family: 4 }, 'viewer'));
  });
