const CHANNELS = ['mouse', 'keyboard', 'touch', 'controllers'];

/** One session over `/api/host/stream`, protocol/4 §3 and §5. `seen` records everything that happens, in order. */
export class Stream {
  #socket;
  #peer = null;
  #channels = {};
  /** Remote candidates, until there is a remote description. */
  #early = [];
  #options;

  constructor(api, options) {
    this.#options = options;
    this.#socket = new WebSocket(api.socketUrl());
    this.#socket.onopen = () => this.#send({ AuthenticateAndInit: init(api.credentials, options) });
    this.#socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#socket.onclose = () => this.#seen('closed');
  }

  key(code, down) {
    const message = new DataView(new ArrayBuffer(5));
    message.setUint8(1, down ? 1 : 0);
    message.setUint16(3, code);
    if (this.#channels.keyboard?.readyState === 'open') this.#channels.keyboard.send(message.buffer);
  }

  close() {
    this.#socket.close();
    this.#peer?.close();
  }

  #receive(message) {
    if (typeof message === 'string') {
      this.#seen(message);
      this.#options.say(message);
      return;
    }
    const [kind, body] = Object.entries(message)[0];
    if (kind === 'Signaling') {
      void this.#signal(body);
      return;
    }
    this.#seen(body.stage === undefined ? kind : `${kind} ${body.stage}`);
    if (kind === 'WebRtcConfig') this.#createPeer(body.ice_servers);
    if (kind === 'ConnectionComplete') this.#options.say(`streaming ${body.width}x${body.height}`);
    if (kind === 'ConnectionTerminated') this.#options.say('terminated');
  }

  #createPeer(iceServers) {
    this.#peer?.close();
    const peer = new RTCPeerConnection({ iceServers });
    this.#peer = peer;
    peer.onnegotiationneeded = () => this.#negotiate();
    peer.onicecandidate = ({ candidate }) => {
      if (candidate !== null) this.#sendCandidate(candidate);
    };
    peer.onconnectionstatechange = () => this.#seen(`peer ${peer.connectionState}`);
    peer.ontrack = ({ streams }) => {
      this.#options.video.srcObject = streams[0];
    };
    peer.ondatachannel = ({ channel }) => {
      if (channel.label !== 'general') return;
      channel.onmessage = ({ data }) => this.#seen(`general ${data}`);
    };
    for (const label of CHANNELS) this.#channels[label] = peer.createDataChannel(label);
    // In addition to the event, which fires earlier: two offers in quick succession.
    setTimeout(() => void this.#negotiate());
  }

  async #negotiate() {
    await this.#peer.setLocalDescription();
    this.#seen('offer sent');
    this.#sendDescription();
  }

  async #signal({ Description: description, AddIceCandidate: candidate }) {
    const peer = this.#peer;
    if (candidate !== undefined) {
      this.#seen(candidate.candidate === '' ? 'null candidate' : 'candidate');
      const ice = {
        candidate: candidate.candidate,
        sdpMid: candidate.sdp_mid,
        sdpMLineIndex: candidate.sdp_mline_index,
        usernameFragment: candidate.username_fragment,
      };
      if (peer.remoteDescription === null) this.#early.push(ice);
      else await peer.addIceCandidate(ice);
      return;
    }
    const media = /^m=(audio|video)/m.test(description.sdp) ? ' with media' : '';
    this.#seen(`${description.ty}${media}`);
    // The answer to the first of two offers may meet the second.
    await peer.setRemoteDescription({ type: description.ty, sdp: description.sdp }).catch(() => {});
    for (const ice of this.#early.splice(0)) await peer.addIceCandidate(ice);
    if (description.ty !== 'offer') return;
    await peer.setLocalDescription(await peer.createAnswer());
    this.#sendDescription();
  }

  #sendDescription() {
    const { type, sdp } = this.#peer.localDescription;
    this.#send({ Signaling: { Description: { ty: type, sdp } } });
  }

  #sendCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
    const ice = { candidate, sdp_mid: sdpMid, sdp_mline_index: sdpMLineIndex, username_fragment: usernameFragment };
    this.#send({ Signaling: { AddIceCandidate: ice } });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #seen(what) {
    this.#options.seen.push(what);
  }
}

function init(credentials, { hostId, appId }) {
  return {
    credentials,
    client_unique_id: null,
    host_id: hostId,
    app_id: appId,
    bitrate: 3000,
    packet_size: 2048,
    fps: 30,
    width: 640,
    height: 360,
    video_sample_queue_size: 6,
    play_audio_local: false,
    audio_sample_queue_size: 20,
    video_supported_formats: 1,
    video_colorspace: 'Rec709',
    video_color_range_full: false,
  };
}
