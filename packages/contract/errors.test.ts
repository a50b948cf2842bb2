import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ERROR_CAUSES, ERROR_CODES, ERRORS, errorBodySchema, errorCodeSchema, MoonshareError } from './index.ts';

const codes = ERROR_CODES;

describe('the error table', () => {
  it('gives each code an HTTP error status, a message, and a hint that is a sentence', () => {
    for (const code of codes) {
      const { status, message, hint } = ERRORS[code];
      assert.match(code, /^[A-Z][A-Z0-9_]*$/);
      assert.ok(status >= 400 && status <= 599, code);
      assert.match(message, /^\S.*[^.\s]$/, code);
      assert.match(hint, /^[A-Z"].*[.?]$/, code);
    }
  });

  it('has a cause and a remedy for each code, which differ from each other and from those of other codes', () => {
    assert.deepEqual(Object.keys(ERROR_CAUSES).sort(), [...codes].sort());
    for (const code of codes) {
      const cause = ERROR_CAUSES[code];
      assert.match(cause, /^[A-Z].{20,}\.$/, code);
      assert.notEqual(cause, ERRORS[code].hint, code);
    }
    assert.equal(new Set(Object.values(ERROR_CAUSES)).size, codes.length);
  });

  it('is in docs/errors.md, with cause and remedy', async () => {
    const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    for (const code of codes) {
      const { status, message, hint } = ERRORS[code];
      assert.ok(page.includes(`| \`${code}\` | ${status} | ${message} | ${ERROR_CAUSES[code]} | ${hint} |`), code);
    }
  });

  it('keeps the texts that older callers compare', () => {
    assert.equal(ERRORS.STREAMER_EXISTS.status, 409);
    assert.equal(ERRORS.STREAMER_EXISTS.message, 'Streamer already exists');
    assert.equal(ERRORS.HOST_NOT_FOUND.status, 404);
    assert.equal(ERRORS.HOST_NOT_FOUND.message, 'Host not found');
    assert.equal(ERRORS.HOST_NOT_PAIRED.status, 400);
    assert.equal(ERRORS.HOST_NOT_PAIRED.message, 'Host not paired');
    assert.equal(ERRORS.STREAMER_NOT_FOUND.status, 404);
    assert.equal(ERRORS.STREAMER_NOT_FOUND.message, 'Streamer not found');
  });
});

describe('MoonshareError', () => {
  it('survives being sent and parsed again', () => {
    for (const code of codes) {
      const error = new MoonshareError(code, { message: 'what happened', hint: 'what to do' });
      const body = errorBodySchema.parse(JSON.parse(JSON.stringify(error.toBody())));
      const back = MoonshareError.fromBody(body);
      assert.deepEqual(back.toBody(), error.toBody());
      assert.equal(back.status, ERRORS[code].status);
    }
  });

  it('keeps the code of a coded error and turns any other into INTERNAL', () => {
    const coded = Object.assign(new Error('nobody there'), { code: 'HOST_UNREACHABLE', hint: 'Turn it on.' });
    const error = MoonshareError.from(coded);
    assert.deepEqual(error.toBody(), { error: 'nobody there', code: 'HOST_UNREACHABLE', hint: 'Turn it on.' });
    assert.equal(error.cause, coded);
    assert.equal(MoonshareError.from(error), error);

    const secret = Object.assign(new Error('open /secret'), { code: 'ENOENT' });
    assert.deepEqual(MoonshareError.from(secret).toBody(), new MoonshareError('INTERNAL').toBody());
    assert.equal(MoonshareError.from(Object.assign(new Error('x'), { code: 'toString' })).code, 'INTERNAL');
    assert.equal(MoonshareError.from(undefined).code, 'INTERNAL');
    assert.equal(MoonshareError.from('text').code, 'INTERNAL');
  });

  it('accepts only known codes', () => {
    assert.equal(errorCodeSchema.safeParse('constructor').success, false);
    assert.equal(errorCodeSchema.safeParse('HOST_BUSY').success, true);
  });
});
