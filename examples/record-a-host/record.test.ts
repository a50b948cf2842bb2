import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeKeyFrame, H264_NAL, h264NalType, splitAnnexB } from '../../packages/bitstream/index.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';
import { findFreeBasePort, forkVirtualHost } from '../../packages/virtual-host/index.ts';

const RECORD = fileURLToPath(new URL('record.ts', import.meta.url));

test('the example pairs with a host, writes its picture to a file, and need not pair again', async (context) => {
  const host = await forkVirtualHost({ basePort: await findFreeBasePort(), bind: '127.0.0.1', pin: '1234' });
  context.after(() => host.close());
  const directory = temporaryDirectory(context, 'moonshare-record-');
  const file = join(directory, 'desktop.h264');
  const env = { ...process.env, SECONDS: '1', PIN: '1234', PAIRING: join(directory, 'pairing.json') };
  const record = () =>
    promisify(execFile)(process.execPath, [RECORD, `127.0.0.1:${host.httpPort}`, file], { env, timeout: 60_000 });

  assert.match(
    (await record()).stdout,
    /^Enter the PIN 1234 at the host\n.+ streams Desktop\n.*\n\d+ pictures are in /s,
  );
  const units = splitAnnexB(readFileSync(file));
  assert.equal(describeKeyFrame('h264', readFileSync(file))?.width, 1280);
  const pictures = units.filter((unit) => h264NalType(unit) === H264_NAL.slice || h264NalType(unit) === H264_NAL.idr);
  assert.ok(pictures.length > 10, `${pictures.length} pictures`);
  assert.doesNotMatch((await record()).stdout, /PIN/);
});
