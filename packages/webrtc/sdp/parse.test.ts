import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SdpError } from './errors.ts';
import { parseSdp } from './parse.ts';

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}.sdp`, import.meta.url), 'utf8');
const media = fixture('chromium-offer-media');

const refused = (text: string) => assert.throws(() => parseSdp(text), SdpError);

describe('a description of Chromium', () => {
  it('gives its m-lines, codecs and extensions', () => {
    const sdp = parseSdp(media);
    assert.deepEqual(
      sdp.media.map(({ kind, mid, direction, rejected }) => ({ kind, mid, direction, rejected })),
      [
        { kind: 'video', mid: '0', direction: 'recvonly', rejected: false },
        { kind: 'audio', mid: '1', direction: 'recvonly', rejected: false },
        { kind: 'application', mid: '2', direction: 'sendrecv', rejected: false },
      ],
    );
    const [video, audio, application] = sdp.media;
    const h264 = video?.codecs.find(({ payloadType }) => payloadType === 108);
    assert.equal(h264?.name, 'H264');
    assert.equal(h264?.parameters.get('profile-level-id'), '42e01f');
    assert.ok(h264?.feedback.includes('nack pli'));
    assert.equal(video?.codecs[0]?.payloadType, 96);
    assert.equal(video?.extensions.get('http://www.webrtc.org/experiments/rtp-hdrext/playout-delay'), 5);
    assert.deepEqual(
      audio?.codecs.filter(({ name }) => name === 'opus').map(({ payloadType, channels }) => [payloadType, channels]),
      [[111, 2]],
    );
    assert.equal(application?.sctpPort, 5000);
  });

  it('gives its transport', () => {
    const { transport } = parseSdp(fixture('chromium-offer-data'));
    assert.equal(transport?.setup, 'actpass');
    assert.match(transport?.fingerprint ?? '', /^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.ok(transport?.ufrag && transport.password);
  });
});

describe('a description', () => {
  it('may have session-level transport, bare newlines, and candidates inside', () => {
    const text = [
      'v=0',
      'o=- 1 1 IN IP4 0.0.0.0',
      's=-',
      't=0 0',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:abcdefghijklmnopqrstuvwx',
      `a=fingerprint:SHA-256 ${'ab:'.repeat(31)}cd`,
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      'a=mid:x',
      'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host',
      '',
    ].join('\n');
    const sdp = parseSdp(text);
    assert.deepEqual(sdp.candidates, ['candidate:1 1 udp 1 192.0.2.1 5000 typ host']);
    assert.equal(sdp.transport?.ufrag, 'abcd');
    assert.equal(sdp.media[0]?.sctpPort, 5000);
  });

  it('has no transport without credentials', () => {
    assert.equal(parseSdp(media.replaceAll(/a=ice-pwd.*\r\n/g, '')).transport, null);
  });

  it('is refused if malformed or too long', () => {
    refused('');
    refused('hello');
    refused('v=0\r\n');
    refused(media.replace('v=0', 'v=1'));
    refused(media.replace('m=video 9', 'm=video x'));
    refused(media.replaceAll('a=mid:0\r\n', ''));
    refused(media.replace('a=mid:1', 'a=mid:0'));
    refused(media.replace('a=mid:1', 'a=mid:a b'));
    refused(media.replaceAll(/a=fingerprint:.*/g, 'a=fingerprint:sha-256 zz'));
    refused(media.replaceAll(/a=ice-ufrag:.*/g, 'a=ice-ufrag:a b c d'));
    refused(media.replaceAll(/a=ice-pwd:.*/g, `a=ice-pwd:${'x'.repeat(21)}`));
    refused(`${media}${'a=x\r\n'.repeat(5000)}`);
    refused(`${media}a=${'x'.repeat(2000)}\r\n`);
    refused(`v=0\r\n${Array.from({ length: 33 }, (_, index) => `m=audio 9 X 0\r\na=mid:${index}\r\n`).join('')}`);
  });

  it('has a parsing cost linear in its length', () => {
    const types = Array.from({ length: 128 }, (_, type) => type);
    const video = [
      `m=video 9 UDP/TLS/RTP/SAVPF ${types.join(' ')}`,
      'a=mid:0',
      ...types.map((type) => `a=rtpmap:${type} H264/90000`),
      ...types.map((type) => `a=rtcp-fb:${type} ccm fir`),
      ...Array.from({ length: 4000 }, (_, index) => `a=rtcp-fb:* nack ${index}`),
      ...Array.from({ length: 100 }, (_, index) => `a=fmtp:96 ${`p${index}=1;`.repeat(200)}`),
      `a=fmtp:97 ${Array.from({ length: 200 }, (_, index) => `p${index}=1`).join(';')}`,
    ];
    const { codecs } = parseSdp(['v=0', ...video].join('\r\n')).media[0]!;
    assert.equal(codecs.length, 128);
    for (const { feedback } of codecs) {
      assert.ok(feedback.includes('ccm fir') && feedback.includes('nack 0'));
      assert.ok(feedback.length <= 32);
    }
    assert.deepEqual([codecs[96]?.parameters.size, codecs[97]?.parameters.size], [1, 64]);
  });

  it('is refused unless its fingerprint is as long as its hash', () => {
    const bytes = { 'sha-1': 20, 'sha-224': 28, 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };
    for (const [hash, right] of Object.entries(bytes)) {
      for (let length = 1; length <= 65; length += 1) {
        const fingerprint = `${hash} ${Array.from({ length }, () => 'AB').join(':')}`;
        const text = media.replaceAll(/a=fingerprint:.*/g, `a=fingerprint:${fingerprint}`);
        if (length === right) assert.equal(parseSdp(text).transport?.fingerprint, fingerprint);
        else refused(text);
      }
    }
    refused(media.replaceAll(/a=fingerprint:.*/g, `a=fingerprint:md5 ${Array(16).fill('AB').join(':')}`));
    refused(media.replaceAll(/a=fingerprint:.*/g, `a=fingerprint:sha-3 ${Array(32).fill('AB').join(':')}`));
  });

  it('with broken lines is either read or refused with a typed error', () => {
    const lines = media.split('\r\n');
    const edit = fc.record({ at: fc.nat(lines.length - 1), text: fc.oneof(fc.string(), fc.constantFrom(...lines)) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        const broken = [...lines];
        for (const { at, text } of edits) broken[at] = text;
        try {
          for (const { codecs } of parseSdp(broken.join('\r\n')).media)
            for (const { payloadType } of codecs) assert.ok(payloadType >= 0 && payloadType <= 127);
        } catch (error) {
          assert.ok(error instanceof SdpError, String(error));
        }
      }),
    );
  });
});
