import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureError } from './picture-error.ts';

test('the error for a stream that never started names the ports the host gave', () => {
  const { code, hint } = pictureError('noStart', { videoPort: 48_101, audioPort: 48_201 });
  assert.equal(code, 'NO_VIDEO');
  assert.match(hint ?? '', /UDP 48101 \(video\) and 48201 \(sound\)/);
});

test('once video has come no firewall is suspected, and each reason has its own message', () => {
  const ports = { videoPort: 1, audioPort: 2 };
  const errors = (['silence', 'noPicture', 'noKeyFrame', 'lossy'] as const).map((loss) => pictureError(loss, ports));
  assert.equal(new Set(errors.map(({ message }) => message)).size, 4);
  assert.ok(errors.every(({ code, hint }) => code === 'NO_VIDEO' && !/firewall/.test(hint ?? '')));
});
