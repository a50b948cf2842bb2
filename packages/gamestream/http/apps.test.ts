import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appListXml, imageType, parseAppList } from './apps.ts';
import { parseReply } from './xml.ts';

test('app lists are read whatever the order of elements, without unusable entries', () => {
  const apps = [
    { id: 881448767, title: 'Desktop', hdr: false },
    { id: 1, title: 'Tom & Jerry <3', hdr: true },
    { id: 2, title: '', hdr: false },
  ];
  assert.deepEqual(parseAppList(parseReply(appListXml(apps)).root), apps);
  assert.equal(
    appListXml(apps.slice(0, 1)).split('\n')[1],
    '<root status_code="200"><App><IsHdrSupported>0</IsHdrSupported><AppTitle>Desktop</AppTitle><ID>881448767</ID></App></root>',
  );
  const odd =
    '<root status_code="200"><App><ID>5</ID><New>x</New><AppTitle/></App><App><ID>-1</ID></App><App/><App><ID>4294967295</ID></App></root>';
  assert.deepEqual(parseAppList(parseReply(odd).root), [{ id: 5, title: '', hdr: false }]);
  assert.deepEqual(parseAppList(parseReply('<root status_code="200"/>').root), []);
});

test('pictures are recognized by their first bytes', () => {
  assert.equal(imageType(Buffer.from('89504e470d0a1a0a00', 'hex')), 'image/png');
  assert.equal(imageType(Buffer.from('ffd8ffe0', 'hex')), 'image/jpeg');
  assert.equal(imageType(Buffer.from('RIFF0000WEBPVP8 ')), 'image/webp');
  assert.equal(imageType(Buffer.from('<svg onload="alert(1)"/>')), null);
  assert.equal(imageType(Buffer.alloc(0)), null);
});
