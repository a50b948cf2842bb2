import type { Facts, FromPeer, ToPeer } from './facts.ts';

/** What the page of `PeerPages` is told in its URL. */
export interface PageOptions {
  iceServers: RTCIceServer[];
  onlyRelayed: boolean;
  labels: readonly string[];
  tellEveryMs: number;
}

/** A page whose only job is a peer connection. */
export function pageHtml(): string {
  return `<!doctype html><title>Viewer</title><video muted autoplay playsinline></video><audio autoplay></audio><script>(${pageMain})()</script>`;
}

/** Runs in the browser: what is here has to stand by itself. */
function pageMain(): void {
  const options: PageOptions = JSON.parse(new URLSearchParams(location.search).get('options')!);
  const socket = new WebSocket(location.href.replace('http', 'ws'));
  const tell = (message: FromPeer) => socket.send(JSON.stringify(message));
  const peer = new RTCPeerConnection({
    iceServers: options.iceServers,
    iceTransportPolicy: options.onlyRelayed ? 'relay' : 'all',
  });
  const channels = new Map<string, RTCDataChannel>();
  const createChannels = () => {
    for (const label of options.labels) channels.set(label, peer.createDataChannel(label));
  };
  peer.onicecandidate = ({ candidate }) => {
    if (candidate === null || candidate.candidate === '') return;
    const { sdpMid: sdp_mid, sdpMLineIndex: sdp_mline_index } = candidate;
    tell({ AddIceCandidate: { candidate: candidate.candidate, sdp_mid, sdp_mline_index } });
  };
  peer.ontrack = ({ track, streams }) => {
    const element = document.querySelector(track.kind) as HTMLMediaElement;
    element.srcObject = streams[0] ?? null;
    element.play().catch(() => {});
  };
  const describe = async (iceRestart: boolean) => {
    if (iceRestart) peer.restartIce();
    await peer.setLocalDescription();
    const { type, sdp } = peer.localDescription!;
    tell({ Description: { ty: type as 'offer' | 'answer', sdp } });
  };
  const early: RTCIceCandidateInit[] = [];
  const receive = async (message: ToPeer) => {
    if ('Description' in message) {
      const { ty, sdp } = message.Description;
      if (ty === 'offer' && peer.signalingState === 'have-local-offer') return;
      if (ty === 'offer' && channels.size === 0) createChannels();
      await peer.setRemoteDescription({ type: ty as RTCSdpType, sdp });
      for (const candidate of early.splice(0)) await peer.addIceCandidate(candidate);
      if (ty === 'offer') await describe(false);
    } else if ('AddIceCandidate' in message) {
      const { candidate, sdp_mid = null, sdp_mline_index = null } = message.AddIceCandidate;
      const init = { candidate, sdpMid: sdp_mid, sdpMLineIndex: sdp_mline_index };
      if (peer.remoteDescription === null) early.push(init);
      else await peer.addIceCandidate(init);
    } else if ('Begin' in message) {
      if (message.Begin.offerer === 'server') return;
      createChannels();
      peer.addTransceiver('video', { direction: 'recvonly' });
      peer.addTransceiver('audio', { direction: 'recvonly' });
      await describe(false);
    } else if ('Send' in message) {
      const { label, hex } = message.Send;
      channels.get(label)!.send(Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)));
    } else await describe(true);
  };
  let work = Promise.resolve();
  const step = (next: () => Promise<void>) => {
    work = work.then(next).catch((error) => tell({ Failed: String(error) }));
  };
  socket.onmessage = ({ data }) => step(() => receive(JSON.parse(data)));
  const facts = async (): Promise<Facts> => {
    const all: Record<string, unknown>[] = [];
    for (const entry of (await peer.getStats()).values()) all.push(entry);
    const find = (type: string, matches: Record<string, unknown>) =>
      all.find((entry) => entry.type === type && Object.entries(matches).every(([key, value]) => entry[key] === value));
    const selected = find('transport', {})?.selectedCandidatePairId;
    const pair =
      selected === undefined
        ? find('candidate-pair', { nominated: true, state: 'succeeded' })
        : find('candidate-pair', { id: selected });
    const [local, remote] = [
      find('local-candidate', { id: pair?.localCandidateId }),
      find('remote-candidate', { id: pair?.remoteCandidateId }),
    ];
    const video = find('inbound-rtp', { kind: 'video' });
    return {
      state: peer.connectionState,
      path:
        local === undefined
          ? null
          : { protocol: String(local.relayProtocol ?? local.protocol), address: String(remote?.address) },
      frames: Number(video?.framesDecoded ?? 0),
      keyFrames: Number(video?.keyFramesDecoded ?? 0),
      generation: String(remote?.usernameFragment),
      sound: Number(find('inbound-rtp', { kind: 'audio' })?.packetsReceived ?? 0),
      open: [...channels.values()].flatMap(({ label, readyState }) => (readyState === 'open' ? [label] : [])),
    };
  };
  const tellFacts = () => void facts().then((now) => tell({ Facts: now }));
  socket.onopen = () => setInterval(tellFacts, options.tellEveryMs);
}
