import { type RTCDataChannel, RTCPeerConnection, RTCRtpCodecParameters } from 'werift';
import { LABELS } from '../facts.ts';
import { serve, tell } from './lines.ts';

const peer = new RTCPeerConnection({
  codecs: {
    video: [
      new RTCRtpCodecParameters({
        mimeType: 'video/H264',
        clockRate: 90_000,
        payloadType: 102,
        parameters: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
        rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
      }),
    ],
    audio: [new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 })],
  },
  iceServers: [],
});
let [frames, sound] = [0, 0];
const channels = new Map<string, RTCDataChannel>();

peer.onTrack.subscribe((track) => {
  track.onReceiveRtp.subscribe(({ header }) => {
    if (track.kind === 'audio') sound += 1;
    else if (header.marker) frames += 1;
  });
});
peer.onIceCandidate.subscribe((candidate) => {
  if (candidate === undefined || candidate.candidate === '') return;
  tell({
    AddIceCandidate: {
      candidate: candidate.candidate,
      sdp_mid: candidate.sdpMid ?? null,
      sdp_mline_index: candidate.sdpMLineIndex ?? null,
    },
  });
});

function createChannels(): void {
  for (const label of LABELS) channels.set(label, peer.createDataChannel(label));
}

async function describe(make: Promise<{ type: 'offer' | 'answer'; sdp: string }>): Promise<void> {
  const { type, sdp } = await make;
  // Otherwise it asks one of Google's, and waits for that before it connects.
  for (const { connection } of peer.iceTransports) Object.assign(connection, { stunServer: undefined });
  peer.setLocalDescription({ type, sdp }).catch((error) => tell({ Failed: String(error) }));
  tell({ Description: { ty: type, sdp } });
}

serve(
  async (message) => {
    if ('Begin' in message) {
      if (message.Begin.offerer === 'server') return;
      peer.addTransceiver('video', { direction: 'recvonly' });
      peer.addTransceiver('audio', { direction: 'recvonly' });
      createChannels();
      await describe(peer.createOffer());
    } else if ('Description' in message) {
      const { ty, sdp } = message.Description;
      if (ty === 'offer' && peer.signalingState === 'have-local-offer') return;
      if (ty === 'offer' && channels.size === 0) createChannels();
      await peer.setRemoteDescription({ type: ty as 'offer' | 'answer', sdp });
      if (ty === 'offer') await describe(peer.createAnswer());
    } else if ('AddIceCandidate' in message) {
      const { candidate, sdp_mid, sdp_mline_index } = message.AddIceCandidate;
      await peer.addIceCandidate({
        candidate,
        sdpMid: sdp_mid ?? null,
        sdpMLineIndex: sdp_mline_index ?? null,
      });
    } else if ('Send' in message) channels.get(message.Send.label)!.send(Buffer.from(message.Send.hex, 'hex'));
  },
  () => {
    const pair = peer.iceTransports[0]?.connection.nominated;
    return {
      state: peer.connectionState,
      path: pair == null ? null : { protocol: pair.localCandidate.transport, address: pair.remoteCandidate.host },
      frames,
      sound,
      open: [...channels.values()].flatMap(({ label, readyState }) => (readyState === 'open' ? [label] : [])),
    };
  },
);
