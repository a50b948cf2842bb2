import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { H264_NAL, HEVC_NAL, h264NalType, hevcNalType, splitAnnexB } from '@moonshare/bitstream';
import { MAX_RTP_PAYLOAD, RTP_HEADER_BYTES, RtpVideoPacketizer } from '@moonshare/webrtc';
import { depacketizeH264, depacketizeHevc, parseRtp } from '../../../fixtures/depacketize.ts';
import { RECORDINGS } from '../../../fixtures/recordings.ts';
import { readRecording } from './testing/recording.ts';

const header = { ssrc: 1, timestamp: 2 };

describe('every frame of every recording', () => {
  for (const recording of RECORDINGS)
    it(`survives packetising and reassembly: ${recording.name}`, () => {
      const { codec, video } = readRecording(recording);
      assert.ok(video.length > 40, `${video.length} frames`);
      const packetizer = new RtpVideoPacketizer(codec);
      for (const unit of video) {
        const packets = packetizer.packetize(unit, header);
        const rtp = packets.map(parseRtp);
        assert.ok(packets.every((packet) => packet.length <= RTP_HEADER_BYTES + MAX_RTP_PAYLOAD));
        assert.deepEqual(
          rtp.map(({ marker }) => marker),
          rtp.map((_, index) => index === rtp.length - 1),
        );
        const payloads = rtp.map(({ payload }) => payload);
        const units = codec === 'hevc' ? depacketizeHevc(payloads) : depacketizeH264(payloads);
        const kept = (nal: Buffer) =>
          codec === 'hevc'
            ? hevcNalType(nal) !== HEVC_NAL.aud
            : h264NalType(nal) !== H264_NAL.aud && h264NalType(nal) !== H264_NAL.filler;
        assert.deepEqual(units, splitAnnexB(unit.data).filter(kept), `frame ${unit.frameIndex}`);
      }
    });
});
