import { Audio, type DataChannel, PeerConnection, type Track, Video } from 'node-datachannel';
import { LABELS, type ToPeer } from '../facts.ts';
import { serve, tell } from './lines.ts';

/** A receiver report without report blocks (RFC 3550 §6.4.2): this library sends none by itself. */
const REPORT = Buffer.from('80c9000100000001', 'hex');

const peer = new PeerConnection('viewer', { iceServers: [], disableAutoNegotiation: true, forceMediaTransport: true });
const channels = new Map<string, DataChannel>();
const tracks: Track[] = [];
let [frames, sound, state] = [0, 0, 'new'];
let awaitsAnswer = false;
let isDescribed = false;
const early: Extract<ToPeer, { AddIceCandidate: unknown }>[] = [];
/** On an answer the library begins before it has stored the fingerprint. */
const gathered: Parameters<typeof tell>[0][] = [];

function take(track: Track): void {
  tracks.push(track);
  track.onMessage((packet) => {
    const type = packet[1]! & 0x7f;
    if (type >= 64 && type <= 95) return;
    if (track.type() === 'audio') sound += 1;
    else if ((packet[1]! & 0x80) !== 0) frames += 1;
  });
}

function keep(channel: DataChannel): void {
  channels.set(channel.getLabel(), channel);
}

function addCandidate({
  AddIceCandidate: { candidate, sdp_mid },
}: Extract<ToPeer, { AddIceCandidate: unknown }>): void {
  peer.addRemoteCandidate(candidate, sdp_mid ?? '0');
}

peer.onLocalDescription((sdp, ty) => tell({ Description: { ty: ty as 'offer' | 'answer', sdp } }));
peer.onLocalCandidate((candidate, sdp_mid) => {
  const message = { AddIceCandidate: { candidate: candidate.replace(/^a=/, ''), sdp_mid } };
  if (awaitsAnswer) gathered.push(message);
  else tell(message);
});
peer.onStateChange((now) => {
  state = now;
});
peer.onTrack(take);
peer.onDataChannel(() => {});

function offer(): void {
  const video = new Video('0', 'RecvOnly');
  video.addH264Codec(96, 'profile-level-id=64001f;packetization-mode=1;level-asymmetry-allowed=1');
  take(peer.addTrack(video));
  const audio = new Audio('1', 'RecvOnly');
  audio.addOpusCodec(111);
  take(peer.addTrack(audio));
  for (const label of LABELS) keep(peer.createDataChannel(label));
  awaitsAnswer = true;
  peer.setLocalDescription('offer');
}

function receive(message: ToPeer): void {
  if ('Begin' in message) {
    if (message.Begin.offerer === 'viewer') offer();
  } else if ('Description' in message) {
    const { ty, sdp } = message.Description;
    if (ty === 'offer' && awaitsAnswer) return;
    if (ty === 'offer' && channels.size === 0) for (const label of LABELS) keep(peer.createDataChannel(label));
    awaitsAnswer = false;
    peer.setRemoteDescription(sdp, ty as 'offer' | 'answer');
    if (ty === 'offer') peer.setLocalDescription('answer');
    isDescribed = true;
    for (const candidate of early.splice(0)) addCandidate(candidate);
    for (const each of gathered.splice(0)) tell(each);
  } else if ('AddIceCandidate' in message) {
    if (isDescribed) addCandidate(message);
    else early.push(message);
  } else if ('Send' in message)
    channels.get(message.Send.label)!.sendMessageBinary(Buffer.from(message.Send.hex, 'hex'));
}

serve(receive, () => {
  const pair = peer.getSelectedCandidatePair();
  return {
    state,
    path: pair === null ? null : { protocol: pair.local.transportType.toLowerCase(), address: pair.remote.address },
    frames,
    sound,
    open: [...channels].flatMap(([label, channel]) => (channel.isOpen() ? [label] : [])),
  };
});
setInterval(() => {
  for (const track of tracks) if (track.isOpen()) track.sendMessageBinary(REPORT);
}, 1000);
