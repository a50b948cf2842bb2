import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, onlyHere } from './loopback.ts';

test('every loopback name is recognized, and lookalikes are not', () => {
  for (const name of ['127.0.0.1', '127.0.1.1', 'localhost', '::1', '[::1]'])
    assert.equal(isLoopback(name), true, name);
  for (const name of ['0.0.0.0', '192.168.1.10', '127.0.0.1.example', 'localhost.example', '::']) {
    assert.equal(isLoopback(name), false, name);
  }
});

test('a link that only works on this machine comes with a hint which setting to change', () => {
  assert.match(onlyHere('http://127.0.0.1:8080/s/a#token=x') ?? '', /MOONSHARE_PUBLIC_URL/);
  assert.match(onlyHere('http://[::1]:8080/s/a#token=x') ?? '', /MOONSHARE_PUBLIC_URL/);
  assert.equal(onlyHere('http://192.168.1.10:8080/s/a#token=x'), null);
});
