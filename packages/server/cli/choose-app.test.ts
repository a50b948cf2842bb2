import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoonshareError } from '@moonshare/contract';
import { chooseApp } from './choose-app.ts';

test('the app is the one named, otherwise Desktop, otherwise the first', () => {
  const apps = ['Steam', 'Desktop'].map((title, i) => ({ app_id: i + 1, title, is_hdr_supported: false }));
  assert.equal(chooseApp(apps, 'steam', 'MOONSHARE_APP').app_id, 1);
  assert.equal(chooseApp(apps, undefined, 'MOONSHARE_APP').app_id, 2);
  assert.equal(chooseApp(apps.slice(0, 1), undefined, 'MOONSHARE_APP').app_id, 1);
  assert.throws(
    () => chooseApp(apps, 'Doom', 'MOONSHARE_APP'),
    (error) => error instanceof MoonshareError && error.code === 'APP_NOT_FOUND' && /Steam, Desktop/.test(error.hint),
  );
});
