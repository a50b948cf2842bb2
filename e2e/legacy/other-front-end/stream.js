import { CHANNELS, PADS } from './channels.js';

/** What a legacy page requests, protocol/4 §3. */
const SETTINGS = {
  client_unique_id: null,
  host_id: 0,
  bitrate: 3000,
  packet_size: 2048,
  fps: 15,
  width: 640,
  height: 360,
  video_sample_queue_size: 6,
  play_audio_local: false,
  audio_sample_queue_size: 20,
  video_supported_formats: 1,
  video_colorspace: 'Rec709',
  video_color_range_full: false,
};

/**
 * One WebSocket and its peer, for both sockets (protocol/4 §3 and §4). `offers`: `twice` in quick succession; `never`;
 * `late`: its offer crosses the server's, and it yields to that one, as setRemoteDescription does by itself;
 * `own`: as `late`, but it ignores the server's offer. `closeAt`: closes everything at a message that contains this text.
 */
export class Stream {
  messages = [];
  sent = [];
  errors = [];
  general = [];
  serverChannels = [];
  felt = [];
  tracks = [];
  states = [];
  descriptions = [];
  channels = {};
  closed = null;
  #options;
  #video;
  #peer = null;
  #early = [];
  #hasRemote = false;
  #held = null;

  constructor(api, video, options) {
    this.#options = {
      path: '/host/stream',
      authenticates: true,
      offers: 'twice',
      mice: 'one',
      pads: 1,
      init: {},
      ...options,
    };
    this.#video = video;
    this.socket = new WebSocket(`ws://${location.host}${api.prefix}/api${this.#options.path}`);
    this.socket.onopen = () => {
      const init = { credentials: api.credentials, ...SETTINGS, ...this.#options.init };
      if (this.#options.authenticates) this.#send({ AuthenticateAndInit: init });
    };
    this.socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
    };
  }

  close() {
    this.socket.close();
    this.#peer?.close();
  }

  /** Only the peer closes. */
  closePeer() {
    this.#peer.close();
  }

  send(label, bytes) {
    this.channels[label].send(new Uint8Array(bytes));
  }

  #receive(message) {
    this.messages.push(message);
    if (JSON.stringify(message).includes(this.#options.closeAt)) this.close();
    else if (typeof message === 'string') this.errors.push(message);
    else if ('WebRtcConfig' in message) this.#makePeer(message.WebRtcConfig.ice_servers);
    else if ('Signaling' in message) void this.#signal(message.Signaling);
    else if ('StageFailed' in message || 'ConnectionTerminated' in message) this.errors.push(Object.keys(message)[0]);
  }

  #makePeer(iceServers) {
    this.#peer?.close();
    this.#early = [];
    this.#hasRemote = false;
    const peer = new RTCPeerConnection({ iceServers });
    this.#peer = peer;
    peer.onicecandidate = ({ candidate }) => {
      const nothing = { sdp_mid: null, sdp_mline_index: null, username_fragment: null };
      if (candidate?.candidate)
        this.#send({ Signaling: { AddIceCandidate: { candidate: candidate.candidate, ...nothing } } });
    };
    peer.onconnectionstatechange = () => {
      this.states.push(peer.connectionState);
      if (['disconnected', 'failed'].includes(peer.connectionState)) this.errors.push(`peer ${peer.connectionState}`);
    };
    peer.ontrack = ({ track, streams }) => {
      this.tracks.push(`${track.kind} ${streams.length}`);
      if (this.#video.srcObject !== streams[0]) this.#video.srcObject = streams[0];
    };
    peer.ondatachannel = ({ channel }) => {
      this.serverChannels.push(channel.label);
      if (channel.label === 'general') channel.onmessage = ({ data }) => this.general.push(JSON.parse(data));
    };
    const labels = [...CHANNELS[this.#options.mice], ...PADS.slice(0, this.#options.pads)];
    for (const label of labels) this.channels[label] = this.#makeChannel(peer, label);
    if (this.#options.offers === 'never') return;
    // Both start before either is done: two offers in quick succession.
    void this.#negotiate();
    if (this.#options.offers === 'twice') void this.#negotiate();
  }

  #makeChannel(peer, label) {
    const isPad = label !== 'controllers' && label.startsWith('controller');
    const channel = peer.createDataChannel(label, isPad ? { ordered: true, maxRetransmits: 0 } : { ordered: true });
    channel.binaryType = 'arraybuffer';
    if (label === 'controllers') channel.onmessage = ({ data }) => this.felt.push([...new Uint8Array(data)]);
    // It understands messages on no other channel of its own: each would show an error over the picture (protocol/4 §5).
    else channel.onmessage = () => this.errors.push(`message on ${label}`);
    return channel;
  }

  async #negotiate() {
    await this.#peer.setLocalDescription();
    const isHeld = ['late', 'own'].includes(this.#options.offers) && this.#peer.localDescription.type === 'offer';
    if (isHeld) this.#held = this.#localDescription();
    else this.#send(this.#localDescription());
  }

  async #signal({ Description: description, AddIceCandidate: ice }) {
    const peer = this.#peer;
    if (ice !== undefined) {
      const { candidate, sdp_mid: sdpMid, sdp_mline_index: sdpMLineIndex, username_fragment: usernameFragment } = ice;
      this.#early.push({ candidate, sdpMid, sdpMLineIndex, usernameFragment });
    } else {
      const { ty: type, sdp } = description;
      this.descriptions.push(description);
      if (this.#held !== null) {
        this.#send(this.#held);
        this.#held = null;
        if (this.#options.offers === 'own') return;
      }
      // The answer to the first of two offers may meet the second, and then nothing waits for the answer to that.
      const isTaken = await peer.setRemoteDescription({ type, sdp }).then(
        () => true,
        () => false,
      );
      if (!isTaken) return;
      this.#hasRemote = true;
      if (type === 'offer') await this.#negotiate();
    }
    if (this.#hasRemote) for (const early of this.#early.splice(0)) await peer.addIceCandidate(early);
  }

  #localDescription() {
    const { type: ty, sdp } = this.#peer.localDescription;
    return { Signaling: { Description: { ty, sdp } } };
  }

  #send(message) {
    this.sent.push(message.Signaling?.Description?.ty ?? Object.keys(message.Signaling ?? message)[0]);
    this.socket.send(JSON.stringify(message));
  }
}
