import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SdpError, UnsupportedVideoError } from './errors.ts';
import type { MediaFormat } from './media-format.ts';
import { type LocalDescription, SdpNegotiation } from './negotiation.ts';
import { parseSdp } from './parse.ts';
import { TRANSPORT_NUMBERS } from './write.ts';

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}.sdp`, import.meta.url), 'utf8');
const mediaOffer: LocalDescription = { type: 'offer', sdp: fixture('chromium-offer-media') };
const dataOffer: LocalDescription = { type: 'offer', sdp: fixture('chromium-offer-data') };

/** Chromium's offer with its unadvertised codec added. */
const surroundOffer = (mapping: string): LocalDescription => ({
  type: 'offer',
  sdp: mediaOffer.sdp
    .replace('a=rtpmap:63 red/48000/2', 'a=rtpmap:63 multiopus/48000/6')
    .replace('a=fmtp:63 111/111', `a=fmtp:63 channel_mapping=${mapping};num_streams=4;coupled_streams=2`),
});

const FORMAT: MediaFormat = {
  codec: 'h264',
  width: 1280,
  height: 720,
  profileLevelId: '64002a',
  tenBit: false,
  audio: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] },
};
const SURROUND = { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 2, 3, 4, 5] };

function setUp(format: MediaFormat | null = FORMAT, can = { transportNumbers: false, rtx: false }) {
  const negotiation = new SdpNegotiation({
    newCredentials: () => ({ ufrag: 'renewed', password: 'renewed-password-of-ours' }),
    transport: { ufrag: 'ours', password: 'p'.repeat(32), fingerprint: `sha-256 ${'AA:'.repeat(31)}AA` },
    ssrc: { video: 11, audio: 22, rtx: 33 },
    can,
    sessionId: '1234',
    streamId: 'desk',
  });
  if (format !== null) negotiation.setFormat(format);
  return negotiation;
}

/** The m-lines of a description of ours, as a browser reads them. */
function shape(description: LocalDescription | null) {
  assert.ok(description !== null);
  return parseSdp(description.sdp).media.map(({ kind, mid, direction, rejected, codecs }) =>
    rejected
      ? `${kind} ${mid} rejected`
      : `${kind} ${mid} ${direction} ${codecs.map((codec) => codec.payloadType).join(',')}`.trim(),
  );
}

/** The answer of a browser that accepts everything, with the first codec that `takes` accepts. */
function answerTo(offer: LocalDescription, takes = (fmtp: string) => fmtp !== ''): LocalDescription {
  const sections = offer.sdp.split(/(?=^m=)/m);
  const answered = sections.map((section) => {
    if (!/^m=(video|audio)/.test(section)) return section;
    const payloadType = [...section.matchAll(/^a=fmtp:(\d+) (.*)\r$/gm)].find((match) => takes(match[2]!))?.[1];
    if (payloadType === undefined) return section.replace(/^(m=\w+) 9/, '$1 0');
    return section
      .replace(/^(m=\w+ 9 \S+) .*\r$/m, `$1 ${payloadType}\r`)
      .replace('a=sendonly', 'a=recvonly')
      .replaceAll(/^a=(ssrc|msid).*\r\n/gm, '');
  });
  const sdp = answered
    .join('')
    .replaceAll('a=setup:actpass', 'a=setup:active')
    .replaceAll('ice-ufrag:ours', 'ice-ufrag:theirs');
  return { type: 'answer', sdp };
}

/** Expects an error that knows what the browser cannot play. */
function unsupported(codec: MediaFormat['codec'], tenBit = false) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof UnsupportedVideoError, String(error));
    assert.deepEqual([error.format.codec, error.format.tenBit], [codec, tenBit]);
    return true;
  };
}

describe('a browser that offers to receive media', () => {
  it('gets video and audio in the answer, on its own lines and payload types', () => {
    const negotiation = setUp({ ...FORMAT, profileLevelId: '4d0028' });
    const { answer, transport, application } = negotiation.receive(mediaOffer);
    assert.deepEqual(shape(answer), ['video 0 sendonly 116', 'audio 1 sendonly 111', 'application 2 sendrecv']);
    assert.equal(transport?.setup, 'actpass');
    assert.deepEqual(application, { sctpPort: 5000 });
    assert.equal(negotiation.setup, 'passive');
    assert.deepEqual(negotiation.video, { payloadType: 116, extensionId: 5, transportNumbersId: 0, rtx: null });
    assert.equal(negotiation.audio?.payloadType, 111);
    assert.equal(negotiation.wantsToOffer, false);
  });

  it('gets the attributes that front ends and decoders need', () => {
    const sdp = setUp().receive(mediaOffer).answer?.sdp ?? '';
    for (const line of [
      'a=group:BUNDLE 0 1 2',
      'a=setup:passive',
      'a=ice-ufrag:ours',
      'a=msid:desk video',
      'a=msid:desk audio',
      'a=ssrc:11 cname:desk',
      'a=ssrc:22 cname:desk',
      'a=rtcp-mux',
      'a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
      'a=rtcp-fb:41 nack',
      'a=rtcp-fb:41 nack pli',
      'a=rtcp-fb:41 ccm fir',
      'a=rtcp-fb:41 goog-remb',
      'a=fmtp:111 stereo=1;sprop-stereo=1',
    ])
      assert.ok(sdp.split('\r\n').includes(line), line);
    assert.doesNotMatch(sdp, /transport-cc/);
  });

  for (const [profileLevelId, chosen] of [
    ['42e01f', '42e01f'],
    ['42c020', '42e01f'],
    ['42001f', '42001f'],
    ['4d0028', '4d001f'],
    ['f40028', 'f4001f'],
    ['64002a', 'f4001f'], // this Chromium does not list High; 4:4:4 contains it
    [null, 'f4001f'],
  ] as const)
    it(`gets ${chosen} of this Chromium for a stream of ${profileLevelId}`, () => {
      const { answer } = setUp({ ...FORMAT, profileLevelId }).receive(mediaOffer);
      assert.match(
        answer?.sdp ?? '',
        new RegExp(`a=fmtp:\\d+ level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${chosen}\r`),
      );
    });

  it('gets High under its own name for it, or else its best profile', () => {
    const offer = (profile: string) => ({ ...mediaOffer, sdp: mediaOffer.sdp.replaceAll('f4001f', profile) });
    assert.match(setUp().receive(offer('640c1f')).answer?.sdp ?? '', /profile-level-id=640c1f/);
    assert.match(setUp().receive(offer('64001F')).answer?.sdp ?? '', /profile-level-id=64001F/);
    assert.match(setUp().receive(offer('42e01f')).answer?.sdp ?? '', /profile-level-id=4d001f/);
  });

  it('is refused if it cannot play the codec, with an error that knows the codec', () => {
    const without = (name: string) => mediaOffer.sdp.replaceAll(` ${name}/90000`, ' OTHER/90000');
    const hevc8 = mediaOffer.sdp.replaceAll(' AV1/90000', ' H265/90000').replaceAll(';profile=1', ';profile-id=1');
    const cases = [
      [{ codec: 'h264' }, without('H264')],
      [{ codec: 'h264' }, mediaOffer.sdp.replaceAll('packetization-mode=1', 'packetization-mode=0')],
      [{ codec: 'av1' }, without('AV1')],
      [{ codec: 'hevc' }, mediaOffer.sdp],
      [{ codec: 'hevc', tenBit: true }, hevc8],
    ] as const;
    for (const [format, sdp] of cases) {
      const sent: MediaFormat = { ...FORMAT, ...format };
      assert.throws(() => setUp(sent).receive({ type: 'offer', sdp }), unsupported(sent.codec, sent.tenBit));
    }
  });

  it('gets AV1, and HEVC with the right bit depth', () => {
    const av1 = setUp({ ...FORMAT, codec: 'av1' });
    av1.receive(mediaOffer);
    assert.equal(av1.video?.payloadType, 45);

    const h265 = 'a=rtpmap:45 H265/90000';
    const sdp = mediaOffer.sdp
      .replace('a=rtpmap:45 AV1/90000', h265)
      .replace('a=rtpmap:47 AV1/90000', 'a=rtpmap:47 H265/90000');
    const offer = {
      type: 'offer' as const,
      sdp: sdp.replace('level-idx=5;profile=1;tier=0', 'level-id=120;profile-id=2;tx-mode=SRST'),
    };
    const eight = setUp({ ...FORMAT, codec: 'hevc' });
    eight.receive(offer);
    assert.equal(eight.video?.payloadType, 45);
    const ten = setUp({ ...FORMAT, codec: 'hevc', tenBit: true });
    assert.match(ten.receive(offer).answer?.sdp ?? '', /a=fmtp:47 level-id=120;profile-id=2;tx-mode=SRST\r/);
  });

  it('gets surround if its offer has the layout of the stream, else stereo', () => {
    const without = setUp({ ...FORMAT, audio: SURROUND });
    assert.equal(shape(without.receive(mediaOffer).answer)[1], 'audio 1 sendonly 111');
    assert.deepEqual([without.audio?.payloadType, without.channels], [111, 'stereo']);
    assert.equal(without.wantsToOffer, false);

    const other = setUp({ ...FORMAT, audio: SURROUND });
    other.receive(surroundOffer('0,4,1,2,3,5'));
    assert.deepEqual([other.audio?.payloadType, other.channels], [111, 'stereo']);
    const right = setUp({ ...FORMAT, audio: SURROUND });
    const { answer } = right.receive(surroundOffer('0,1,2,3,4,5'));
    assert.deepEqual([right.audio?.payloadType, right.channels], [63, 'all']);
    assert.match(answer?.sdp ?? '', /a=rtpmap:63 multiopus\/48000\/6\r/);
    assert.match(answer?.sdp ?? '', /a=fmtp:63 channel_mapping=0,1,2,3,4,5;num_streams=4;coupled_streams=2\r/);
  });

  it('gets stereo from a stereo host although it could take surround', () => {
    const negotiation = setUp();
    negotiation.receive(surroundOffer('0,1,2,3,4,5'));
    assert.deepEqual([negotiation.audio?.payloadType, negotiation.channels], [111, 'all']);
  });

  it('is offered stereo if surround is known late, and gets surround by an offer of its own', () => {
    const negotiation = setUp(null);
    negotiation.receive(surroundOffer('0,1,2,3,4,5'));
    assert.equal(negotiation.channels, null);
    negotiation.setFormat({ ...FORMAT, audio: SURROUND });
    assert.equal(shape(negotiation.offer())[1], 'audio 1 sendonly 111');
    negotiation.receive(surroundOffer('0,1,2,3,4,5'));
    assert.deepEqual([negotiation.audio?.payloadType, negotiation.channels], [63, 'all']);
    assert.equal(negotiation.wantsToOffer, false);
  });

  it('keeps its lines before the stream is known, and is offered the stream on them later', () => {
    const negotiation = setUp(null);
    assert.deepEqual(shape(negotiation.receive(mediaOffer).answer), [
      'video 0 inactive 96',
      'audio 1 inactive 111',
      'application 2 sendrecv',
    ]);
    assert.equal(negotiation.wantsToOffer, false);
    negotiation.setFormat(FORMAT);
    assert.equal(negotiation.wantsToOffer, true);
    const offer = negotiation.offer();
    assert.deepEqual(shape(offer), ['video 0 sendonly 41', 'audio 1 sendonly 111', 'application 2 sendrecv']);
    negotiation.receive(answerTo(offer));
    assert.equal(negotiation.video?.payloadType, 41);
    assert.equal(negotiation.wantsToOffer, false);
  });

  it('may refuse audio or offer a camera and a second video: lines we have no use for are rejected', () => {
    const sections = mediaOffer.sdp.split(/(?=^m=)/m);
    const camera = sections[1]!.replace('a=mid:0', 'a=mid:9').replace('a=recvonly', 'a=sendonly');
    const second = sections[1]!.replace('a=mid:0', 'a=mid:8');
    const sdp = [
      sections[0],
      camera,
      sections[1],
      second,
      sections[2]!.replace('m=audio 9', 'm=audio 0'),
      sections[3],
    ].join('');
    const negotiation = setUp();
    assert.deepEqual(shape(negotiation.receive({ type: 'offer', sdp }).answer), [
      'video 9 rejected',
      'video 0 sendonly 41',
      'video 8 rejected',
      'audio 1 rejected',
      'application 2 sendrecv',
    ]);
    assert.deepEqual(negotiation.bundleLine, { mid: '0', index: 1 });
  });
});

describe('a browser that offers data channels only', () => {
  it('gets them, and then the media through an offer of ours', () => {
    const negotiation = setUp();
    assert.deepEqual(shape(negotiation.receive(dataOffer).answer), ['application 0 sendrecv']);
    assert.equal(negotiation.video, null);
    assert.equal(negotiation.wantsToOffer, true);
    const offer = negotiation.offer();
    assert.deepEqual(shape(offer), [
      'application 0 sendrecv',
      'video video sendonly 100,101,102,103,104,105',
      'audio audio sendonly 111',
    ]);
    assert.equal(negotiation.wantsToOffer, false);
    assert.equal(negotiation.hasOpenOffer, true);
    negotiation.receive(answerTo(offer, (fmtp) => /42e01f|stereo/.test(fmtp)));
    assert.deepEqual(negotiation.video, { payloadType: 103, extensionId: 5, transportNumbersId: 0, rtx: null });
    assert.equal(negotiation.audio?.payloadType, 111);
    assert.equal(negotiation.hasOpenOffer, false);
  });

  it('protocol/4 §7.6: is answered twice if it offers twice in quick succession, and our offer is made again', () => {
    const negotiation = setUp();
    negotiation.receive(dataOffer);
    const ours = negotiation.offer();
    assert.deepEqual(shape(negotiation.receive(dataOffer).answer), ['application 0 sendrecv']);
    assert.equal(negotiation.hasOpenOffer, false);
    assert.equal(negotiation.wantsToOffer, true);
    const again = negotiation.offer();
    assert.deepEqual(shape(again), shape(ours));
    // The browser may have answered both: for the second answer no offer is open.
    negotiation.receive(answerTo(ours));
    const before = negotiation.video;
    assert.deepEqual(negotiation.receive(answerTo(again)), {
      answer: null,
      transport: null,
      candidates: [],
      application: null,
    });
    assert.deepEqual(negotiation.video, before);
  });

  it('is not asked again if it accepts video but no audio', () => {
    const negotiation = setUp();
    negotiation.receive(dataOffer);
    negotiation.receive(answerTo(negotiation.offer(), (fmtp) => fmtp.includes('profile-level-id')));
    assert.ok(negotiation.video);
    assert.equal(negotiation.audio, null);
    assert.equal(negotiation.wantsToOffer, false);
  });

  it('is told so if it refuses the video', () => {
    const negotiation = setUp();
    negotiation.receive(dataOffer);
    const refusal = answerTo(negotiation.offer(), (fmtp) => fmtp.includes('stereo'));
    assert.throws(() => negotiation.receive(refusal), unsupported('h264'));
  });

  it('gets stereo if the host sends surround', () => {
    const negotiation = setUp({ ...FORMAT, audio: SURROUND });
    negotiation.receive(dataOffer);
    negotiation.receive(answerTo(negotiation.offer()));
    assert.deepEqual([negotiation.audio?.payloadType, negotiation.channels], [111, 'stereo']);
  });
});

describe('a browser that waits', () => {
  it('gets a single offer with everything', () => {
    const negotiation = setUp();
    assert.equal(negotiation.wantsToOffer, true);
    const offer = negotiation.offer();
    assert.deepEqual(shape(offer), [
      'application 0 sendrecv',
      'video video sendonly 100,101,102,103,104,105',
      'audio audio sendonly 111',
    ]);
    const step = negotiation.receive(answerTo(offer));
    assert.equal(step.transport?.ufrag, 'theirs');
    assert.equal(step.transport?.setup, 'active');
    assert.deepEqual(step.application, { sctpPort: 5000 });
    assert.equal(negotiation.setup, 'passive');
    assert.equal(negotiation.video?.payloadType, 100);
  });

  it('protocol/4 §7.6: wins if it offers after all', () => {
    const negotiation = setUp();
    negotiation.offer();
    assert.deepEqual(shape(negotiation.receive(mediaOffer).answer), [
      'video 0 sendonly 41',
      'audio 1 sendonly 111',
      'application 2 sendrecv',
    ]);
    assert.equal(negotiation.wantsToOffer, false);
  });

  it('may offer after all, then withdraw its offer and accept ours', () => {
    for (const theirs of [dataOffer, mediaOffer]) {
      const negotiation = setUp();
      const ours = negotiation.offer();
      negotiation.receive(theirs);
      const { transport, application } = negotiation.receive(answerTo(ours));
      assert.deepEqual([transport?.ufrag, application], ['theirs', { sctpPort: 5000 }]);
      assert.deepEqual([negotiation.video?.payloadType, negotiation.audio?.payloadType], [100, 111]);
      assert.deepEqual([negotiation.hasOpenOffer, negotiation.wantsToOffer], [false, false]);
      // Only once.
      assert.equal(negotiation.receive(answerTo(ours)).transport, null);
    }
  });

  it('is ignored if its answer does not match our void offer', () => {
    const negotiation = setUp();
    const ours = negotiation.offer();
    negotiation.receive(mediaOffer);
    const other = answerTo(ours).sdp.replace('a=mid:audio', 'a=mid:other');
    assert.equal(negotiation.receive({ type: 'answer', sdp: other }).transport, null);
    assert.equal(negotiation.video?.payloadType, 41);
  });

  it('must answer with the lines of the offer', () => {
    const negotiation = setUp();
    const offer = negotiation.offer();
    const answer = answerTo(offer);
    assert.throws(
      () => negotiation.receive({ ...answer, sdp: answer.sdp.replace('a=mid:audio', 'a=mid:other') }),
      SdpError,
    );
    assert.throws(
      () => negotiation.receive({ ...answer, sdp: answer.sdp.replaceAll(/a=ice-ufrag.*\r\n/g, '') }),
      SdpError,
    );
    negotiation.receive(answer);
    assert.ok(negotiation.video);
  });
});

describe('a restart of ICE', () => {
  it('gets new credentials of ours, once, and all else stays', () => {
    const negotiation = setUp();
    negotiation.receive(mediaOffer);
    const { video, transport } = negotiation;
    negotiation.receive(mediaOffer);
    assert.equal(negotiation.transport, transport);
    const restart = { ...mediaOffer, sdp: mediaOffer.sdp.replace(/a=ice-ufrag:.*/g, 'a=ice-ufrag:another\r') };
    const { answer } = negotiation.receive(restart);
    assert.deepEqual(parseSdp(answer!.sdp).transport, {
      ...negotiation.transport,
      ufrag: 'renewed',
      setup: 'passive',
    });
    assert.equal(negotiation.transport.fingerprint, transport.fingerprint);
    assert.deepEqual(negotiation.video, video);
    assert.ok(!negotiation.wantsToOffer);
  });
});

describe('a changing stream', () => {
  it('stops the video for a new codec until the browser has agreed', () => {
    const negotiation = setUp();
    negotiation.receive(mediaOffer);
    negotiation.setFormat({ ...FORMAT, codec: 'av1', profileLevelId: null });
    assert.ok(negotiation.video === null && negotiation.audio?.payloadType === 111);
    const offer = negotiation.offer();
    assert.deepEqual(shape(offer), ['video 0 sendonly 45', 'audio 1 sendonly 111', 'application 2 sendrecv']);
    negotiation.receive(answerTo(offer));
    assert.deepEqual(negotiation.video, { payloadType: 45, extensionId: 5, transportNumbersId: 0, rtx: null });
  });

  it('continues if only size or profile change', () => {
    const negotiation = setUp();
    negotiation.receive(mediaOffer);
    negotiation.setFormat({ ...FORMAT, width: 1920, height: 1080, profileLevelId: '4d0028' });
    assert.equal(negotiation.video?.payloadType, 41);
    assert.equal(negotiation.wantsToOffer, false);
  });

  it('renegotiates audio when it changes from stereo to surround', () => {
    const negotiation = setUp();
    negotiation.receive(mediaOffer);
    negotiation.setFormat({ ...FORMAT, audio: SURROUND });
    assert.deepEqual([negotiation.channels, negotiation.wantsToOffer], [null, true]);
    const offer = negotiation.offer();
    assert.deepEqual(shape(offer), ['video 0 sendonly 41', 'audio 1 sendonly 111', 'application 2 sendrecv']);
    negotiation.receive(answerTo(offer));
    assert.deepEqual([negotiation.audio?.payloadType, negotiation.channels], [111, 'stereo']);
  });

  it('is negotiated in the next offer if one is open', () => {
    const negotiation = setUp();
    negotiation.receive(dataOffer);
    const offer = negotiation.offer();
    negotiation.setFormat({ ...FORMAT, codec: 'av1' });
    negotiation.receive(answerTo(offer));
    assert.equal(negotiation.video, null);
    assert.match(negotiation.offer().sdp, /AV1\/90000/);
  });
});

describe('descriptions of any kind', () => {
  it('are accepted or refused with a typed error, in any order', () => {
    const texts = [
      mediaOffer.sdp,
      dataOffer.sdp,
      answerTo(setUp().offer()).sdp,
      '',
      'v=0\r\nm=video 9 X 0\r\na=mid:0\r\n',
    ];
    const action = fc.oneof(
      fc.record({
        type: fc.constantFrom(
          'offer' as const,
          'answer' as const,
          'pranswer' as const,
          'rollback' as const,
          'unspecified' as const,
        ),
        sdp: fc.constantFrom(...texts),
      }),
      fc.constant('offer' as const),
      fc.constantFrom<MediaFormat>(FORMAT, { ...FORMAT, codec: 'av1' }, { ...FORMAT, audio: SURROUND }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
        const negotiation = setUp(null);
        for (const each of actions) {
          try {
            if (each === 'offer') {
              if (negotiation.wantsToOffer) parseSdp(negotiation.offer().sdp);
            } else if ('type' in each) {
              const { answer } = negotiation.receive(each);
              if (answer !== null) parseSdp(answer.sdp);
            } else negotiation.setFormat(each);
          } catch (error) {
            assert.ok(error instanceof SdpError || error instanceof UnsupportedVideoError, String(error));
          }
        }
      }),
    );
  });
});

const ALL = { transportNumbers: true, rtx: true };

describe('transport-wide numbers and RTX', () => {
  const lineOf = (sdp: string, text: string) => sdp.split('\r\n').filter((line) => line.includes(text));

  it('are taken from an offer of Chromium, for the codec in use', () => {
    const negotiation = setUp(FORMAT, ALL);
    const { answer } = negotiation.receive(mediaOffer);
    const { payloadType, rtx, transportNumbersId } = negotiation.video!;
    const offered = parseSdp(mediaOffer.sdp).media.find(({ kind }) => kind === 'video')!;
    const own = offered.codecs.find((codec) => codec.parameters.get('apt') === String(payloadType))!;
    assert.deepEqual(rtx, { payloadType: own.payloadType, ssrc: 33 });
    assert.equal(transportNumbersId, offered.extensions.get(TRANSPORT_NUMBERS));
    assert.ok(transportNumbersId > 0);
    assert.deepEqual(lineOf(answer!.sdp, 'ssrc-group'), ['a=ssrc-group:FID 11 33']);
    assert.deepEqual(lineOf(answer!.sdp, `apt=${payloadType}`), [`a=fmtp:${own.payloadType} apt=${payloadType}`]);
    assert.deepEqual(lineOf(answer!.sdp, 'transport-cc'), [`a=rtcp-fb:${payloadType} transport-cc`]);
    assert.equal(negotiation.audio!.transportNumbersId, 0);
  });

  it('are offered, and used as far as the answer has them', () => {
    const negotiation = setUp(FORMAT, ALL);
    negotiation.receive(dataOffer);
    const offer = negotiation.offer();
    assert.equal(lineOf(offer.sdp, TRANSPORT_NUMBERS).length, 1);
    const payloadTypes = parseSdp(offer.sdp).media.flatMap(({ codecs }) => codecs.map((codec) => codec.payloadType));
    assert.equal(new Set(payloadTypes).size, payloadTypes.length, 'each payload type has one meaning');
    assert.ok(
      payloadTypes.every((type) => type >= 96 && type <= 127),
      'none looks like RTCP',
    );
    const whole = answerTo(offer);
    negotiation.receive(whole);
    const { payloadType } = negotiation.video!;
    assert.deepEqual(negotiation.video!.rtx, null, 'the answer leaves it out');

    const other = setUp(FORMAT, ALL);
    other.receive(dataOffer);
    const full = {
      type: 'answer' as const,
      sdp: other.offer().sdp.replaceAll('actpass', 'active').replaceAll('sendonly', 'recvonly'),
    };
    other.receive(full);
    assert.deepEqual(other.video!.rtx, { payloadType: payloadType + 20, ssrc: 33 });
    assert.equal(other.video!.transportNumbersId, 3);
  });

  it('are taken from an offer that came before the stream was known', () => {
    const negotiation = setUp(null, ALL);
    negotiation.receive(mediaOffer);
    negotiation.setFormat(FORMAT);
    const offer = negotiation.offer();
    assert.deepEqual(lineOf(offer.sdp, TRANSPORT_NUMBERS), [`a=extmap:4 ${TRANSPORT_NUMBERS}`]);
    negotiation.receive({
      type: 'answer',
      sdp: offer.sdp.replaceAll('actpass', 'active').replaceAll('sendonly', 'recvonly'),
    });
    assert.equal(negotiation.video!.transportNumbersId, 4);
  });

  it('are left out where another extension has their id: no packet could carry both', () => {
    const withIds = (delay: number | null, numbers: number) =>
      mediaOffer.sdp
        .replace(/a=extmap:\d+ (http\S*playout-delay)/g, delay === null ? 'a=extmap:1 unknown' : `a=extmap:${delay} $1`)
        .replace(/a=extmap:\d+ (http\S*transport-wide-cc\S*)/g, `a=extmap:${numbers} $1`);
    const all = Array.from({ length: 14 }, (_, at) => `a=extmap:${at + 1} other:${at}`).join('\r\n');
    for (const sdp of [
      withIds(13, 13),
      // Which of the two comes first is the browser's choice.
      withIds(13, 13).replace(/(a=extmap:13 http\S*transport-wide-cc\S*\r\n)(a=extmap:13 \S*\r\n)/, '$2$1'),
      withIds(null, 14).replaceAll('a=rtcp-mux', `${all}\r\na=rtcp-mux`),
    ]) {
      const negotiation = setUp(FORMAT, ALL);
      negotiation.receive({ type: 'offer', sdp });
      const { extensionId, transportNumbersId } = negotiation.video!;
      assert.notEqual(extensionId, transportNumbersId, sdp);
    }
  });

  it('are not used without the feedback, or where the stack cannot', () => {
    const deaf = setUp(FORMAT, ALL);
    deaf.receive({ type: 'offer', sdp: mediaOffer.sdp.replace(/a=rtcp-fb:\d+ transport-cc\r\n/g, '') });
    assert.equal(deaf.video!.transportNumbersId, 0);
    const plain = setUp();
    const { answer } = plain.receive(mediaOffer);
    assert.deepEqual([plain.video!.transportNumbersId, plain.video!.rtx], [0, null]);
    assert.deepEqual(lineOf(answer!.sdp, 'transport-cc'), []);
    assert.deepEqual(lineOf(answer!.sdp, 'rtx'), []);
  });
});
