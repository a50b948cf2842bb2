// `npm run pack`: the packages that are published, as tarballs in dist/packages. What is wrong with one fails it.
import { packApi } from './pack/api.ts';
import { packClient } from './pack/client.ts';
import { packGamestream } from './pack/gamestream.ts';
import { packReact } from './pack/react.ts';
import { packServer } from './pack/server.ts';

for (const pack of [packClient, packReact, packApi, packServer, packGamestream])
  process.stdout.write(`${await pack()}\n`);
