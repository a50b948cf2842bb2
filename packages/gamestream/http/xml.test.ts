import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { appListXml, parseAppList } from './apps.ts';
import { parseServerInfo } from './server-info.ts';
import { errorXml, MAX_XML_BYTES, MAX_XML_ELEMENTS, parseReply, replyXml } from './xml.ts';

const code = (wanted: string) => (error: unknown) => error instanceof GameStreamError && error.code === wanted;

test('status_code is read as a signed number', () => {
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

test('an XML error has the query attribute between code and message, as in Sunshine', () => {
  assert.equal(
    errorXml(401, 'The client is not authorized. Certificate verification failed.', '/applist'),
    '<?xml version="1.0" encoding="utf-8"?>\n<root status_code="401" query="/applist" ' +
      'status_message="The client is not authorized. Certificate verification failed."/>',
  );
});

test('any text written is read back unchanged', () => {
  const text = fc.string({ unit: fc.constantFrom(...'<>&"\'aé;#x]') });
  fc.assert(
    fc.property(text, text, (hostname, message) => {
      assert.equal(parseReply(replyXml([['hostname', hostname]])).root.text('hostname'), hostname);
      assert.equal(parseReply(errorXml(404, message)).statusMessage, message);
    }),
  );
});

test('random bytes give a reply or a typed error', () => {
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

test('names such as __proto__ in a reply are ordinary names to the parser', () => {
  for (const name of ['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '#text']) {
    const element = name.startsWith('#') ? '' : `<${name}>x</${name}><${name}/>`;
    const attribute = name.startsWith('#') ? '' : `${name}="x"`;
    const app = `<App>${element}<ID>1</ID><AppTitle>&${name}; ${name}</AppTitle></App>`;
    const { root, statusCode, statusMessage } = parseReply(
      `<root ${attribute} status_code="200" status_message="m">${element}<hostname>h</hostname>${app}</root>`,
    );
    assert.deepEqual([statusCode, statusMessage, root.text('hostname')], [200, 'm', 'h'], name);
    assert.deepEqual(parseAppList(root), [{ id: 1, title: `&${name}; ${name}`, hdr: false }]);
    assert.equal(root.text(name), element === '' ? null : 'x');
  }
  const plain = parseReply('<root status_code="200"/>').root;
  for (const name of ['constructor', '__proto__', 'toString']) assert.equal(plain.text(name), null);
  for (const name of ['constructor', '__proto__', 'toString']) {
    assert.throws(() => parseReply(`<${name} status_code="200"/>`), code('HOST_BAD_REPLY'));
  }
});

test('a reply is limited in elements, attributes, name length, depth, text length, errors and bytes', () => {
  const inside = (body: string) => `<root status_code="200">${body}</root>`;
  const many = (count: number, piece: string) => piece.repeat(count);
  for (const [what, reply] of Object.entries({
    elements: inside(many(MAX_XML_ELEMENTS, '<a/>')),
    'different elements': inside(Array.from({ length: MAX_XML_ELEMENTS }, (_, i) => `<a${i}/>`).join('')),
    attributes: `<root status_code="200" ${Array.from({ length: 100 }, (_, i) => `a${i}=""`).join(' ')}/>`,
    'attributes of an inner element': inside(`<a ${Array.from({ length: 100 }, (_, i) => `a${i}=""`).join(' ')}/>`),
    'a long attribute': `<root status_code="200" status_message="${many(100_000, 'a')}"/>`,
    'a long element name': inside(`<${many(1_000, 'a')}/>`),
    'a long attribute name': inside(`<a ${many(1_000, 'a')}=""/>`),
    depth: inside(many(100, '<a>') + many(100, '</a>')),
    'a long text': inside(many(100_000, 'a')),
    'a long text in pieces': inside(`<a>${many(100_000, 'a<!---->')}</a>`),
    errors: inside(many(5_000, '<a>&x;</a>')),
    bytes: inside(`<!--${'a'.repeat(MAX_XML_BYTES)}-->`),
  })) {
    assert.throws(() => parseReply(reply), code('HOST_BAD_REPLY'), what);
  }
});

test('a reply with small errors in a text is accepted', () => {
  const { root } = parseReply(
    '<root status_code="200"><App><AppTitle> Tom & Jerry &copy; \u0001\u001b[31m</AppTitle><ID>7</ID></App></root>\0\n',
  );
  assert.deepEqual(parseAppList(root), [{ id: 7, title: 'Tom & Jerry &copy; [31m', hdr: false }]);
});

test('malformed XML is refused, and a status_code on an inner element is ignored', () => {
  for (const body of ['<a></b>', '<a>', '<a b=c/>', '<a b="1"c="2"/>', '<a b/>', '< a/>', '<!-- -- -->', '<?pi']) {
    assert.throws(() => parseReply(`<root status_code="200">${body}</root>`), code('HOST_BAD_REPLY'), body);
  }
  assert.equal(parseReply('<root status_code="200"><a status_code="401"/></root>').statusCode, 200);
});

test('a list of a thousand apps is read', () => {
  const apps = Array.from({ length: 1_000 }, (_, i) => ({ id: i + 1, title: `Game ${i}`, hdr: i % 2 === 0 }));
  assert.deepEqual(parseAppList(parseReply(appListXml(apps)).root), apps);
});
