import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { parseAppList } from './apps.ts';
import { parseServerInfo } from './server-info.ts';
import { errorXml, parseReply, replyXml } from './xml.ts';

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;

test('replies are judged by status_code, as a signed number', () => {
  assert.equal(parseReply('<root status_code="4294967295" status_message="a &lt; b &#233;"/>').statusCode, -1);
  assert.equal(
    parseReply('<root status_code="4294967295" status_message="a &lt; b &#233;"/>').statusMessage,
    'a < b é',
  );
  assert.equal(
    parseReply(Buffer.from('<root status_code="200"><hostname>Büro</hostname></root>')).root.text('hostname'),
    'Büro',
  );
  for (const bad of ['', 'hello', '<root/>', '<root status_code="x"/>', '<html></html>', '<a>'.repeat(10_000)]) {
    assert.throws(() => parseReply(bad), code('HOST_BAD_REPLY'), bad.slice(0, 20));
  }
  assert.throws(
    () => parseReply('<!DOCTYPE root [<!ENTITY a "aaaa">]><root status_code="200">&a;</root>'),
    code('HOST_BAD_REPLY'),
  );
});

test('an XML error carries the query of Sunshine between code and message', () => {
  assert.equal(
    errorXml(401, 'The client is not authorized. Certificate verification failed.', '/applist'),
    '<?xml version="1.0" encoding="utf-8"?>\n<root status_code="401" query="/applist" ' +
      'status_message="The client is not authorized. Certificate verification failed."/>',
  );
});

test('any text survives writing and reading', () => {
  const text = fc.string({ unit: fc.constantFrom(...'<>&"\'aé;#x]') });
  fc.assert(
    fc.property(text, text, (hostname, message) => {
      assert.equal(parseReply(replyXml([['hostname', hostname]])).root.text('hostname'), hostname);
      assert.equal(parseReply(errorXml(404, message)).statusMessage, message);
    }),
  );
});

test('random bytes are never XML that upsets anybody', () => {
  const piece = fc.constantFrom(
    '<root status_code="200">',
    '</root>',
    '<App>',
    '<ID>1</ID>',
    '&#x0;',
    '<![CDATA[',
    '<?',
    '<__proto__>',
    '-->',
    '"',
    '</App>',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      try {
        const { root } = parseReply(pieces.join(''));
        parseAppList(root);
        parseServerInfo(root, { secure: true, httpPort: 1 });
      } catch (error) {
        assert.ok(error instanceof GameStreamError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
