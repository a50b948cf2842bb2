import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { encodeRequest, encodeResponse, headerValue, parseRequest, parseResponse } from './message.ts';

const malformed = (error: unknown) => error instanceof GameStreamError && error.code === 'MALFORMED';

test('a request is complete with the last byte of its body, and not before', () => {
  const request = {
    method: 'ANNOUNCE',
    target: 'streamid=control/13/0',
    headers: [['CSeq', '6']] as [string, string][],
    body: 'v=0\r\nü',
  };
  const bytes = encodeRequest(request);
  assert.equal(
    bytes.toString(),
    'ANNOUNCE streamid=control/13/0 RTSP/1.0\r\nCSeq: 6\r\nContent-length: 7\r\n\r\nv=0\r\nü',
  );
  for (let length = 0; length < bytes.length; length++) assert.equal(parseRequest(bytes.subarray(0, length)), null);
  assert.deepEqual(parseRequest(bytes), {
    ...request,
    headers: [
      ['CSeq', '6'],
      ['Content-length', '7'],
    ],
  });
  assert.equal(parseRequest(Buffer.concat([bytes, Buffer.from('more')]))?.body, request.body);
});

test('replies without headers, with odd values and with a body are read', () => {
  assert.deepEqual(parseResponse(Buffer.from('RTSP/1.0 400 BAD REQUEST\r\n\r\n')), {
    code: 400,
    reason: 'BAD REQUEST',
    headers: [],
    body: '',
  });
  const odd = parseResponse(Buffer.from('RTSP/1.0 200 OK\r\nCSeq:3\r\nx-ss-ping-payload:  :;"a b=c,d/e~ \r\n\r\na\nb'));
  assert.equal(headerValue(odd!.headers, 'CSeq'), '3');
  assert.equal(headerValue(odd!.headers, 'X-SS-Ping-Payload'), ' :;"a b=c,d/e~ ');
  assert.equal(odd?.body, 'a\nb');
  assert.equal(parseResponse(Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 1\r\n')), null);
});

test('anything but RTSP is malformed', () => {
  for (const text of [
    'HTTP/1.1 200 OK\r\n\r\n',
    'RTSP/1.0 abc\r\n\r\n',
    'RTSP/1.0 200 OK\r\n: x\r\n\r\n',
    'RTSP/1.0 200 OK\r\nno colon\r\n\r\n',
    `RTSP/1.0 200 OK\r\n${'a: b\r\n'.repeat(100)}\r\n`,
    'x'.repeat(17_000),
    'x'.repeat(1024 * 1024 + 1),
  ]) {
    assert.throws(() => parseResponse(Buffer.from(text)), malformed, text.slice(0, 30));
  }
  for (const text of [
    'GET / HTTP/1.1\r\n\r\n',
    'PLAY  RTSP/1.0\r\n\r\n',
    'PLAY / RTSP/1.0\r\nContent-length: -1\r\n\r\n',
    'PLAY / RTSP/1.0\r\nContent-length: 9999999\r\n\r\n',
  ]) {
    assert.throws(() => parseRequest(Buffer.from(text)), malformed, text);
  }
});

test('a line end cannot be smuggled into a message', () => {
  const invalid = (error: unknown) => error instanceof GameStreamError && error.code === 'INVALID_ARGUMENT';
  assert.throws(() => encodeRequest({ method: 'PLAY', target: '/\r\nX: y', headers: [], body: '' }), invalid);
  assert.throws(() => encodeResponse({ code: 200, reason: 'OK', headers: [['a', 'b\nc']], body: '' }), invalid);
});

test('random bytes give a message or a typed error', () => {
  const piece = fc.constantFrom(
    'RTSP/1.0 200 OK\r\n',
    'PLAY / RTSP/1.0\r\n',
    '\r\n',
    'Content-length: 5\r\n',
    'CSeq: 1\r\n',
    ':',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
      for (const parse of [parseRequest, parseResponse]) {
        try {
          parse(Buffer.from(pieces.join('')));
        } catch (error) {
          assert.ok(malformed(error), String(error));
        }
      }
    }),
    { numRuns: 500 },
  );
});
